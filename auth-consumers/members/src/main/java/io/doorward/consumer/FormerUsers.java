package io.doorward.consumer;

import io.doorward.auth.Admin.ImportOptions;
import io.doorward.auth.Admin.ImportResult;
import io.doorward.auth.AuthService;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.ImportedAccount;
import io.doorward.auth.base.Deadline;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Brings the users of Spring Security's tables, with their hashes as they are. A user that is there
 * already stays as it is; one that was deleted since would come back, so take it out once all are
 * there.
 */
@Component
class FormerUsers implements ApplicationRunner {
  private static final Logger LOG = LoggerFactory.getLogger(FormerUsers.class);

  private static final String USERS =
      """
      SELECT u.username, u.password, u.enabled, string_agg(a.authority, ',') AS authorities
      FROM users u LEFT JOIN authorities a ON a.username = u.username
      GROUP BY u.username, u.password, u.enabled
      ORDER BY u.username
      """;

  private static final String ROLE = "ROLE_";

  private final JdbcClient database;
  private final AuthService auth;

  FormerUsers(JdbcClient database, AuthService auth) {
    this.database = database;
    this.auth = auth;
  }

  @Override
  public void run(ApplicationArguments arguments) {
    ImportOptions options =
        ImportOptions.refused(
            it -> LOG.warn("User {} was not imported: {}", it.number(), it.reason()));
    try (Stream<ImportedAccount> users =
        database
            .sql(USERS)
            .query(
                (row, number) ->
                    account(
                        row.getString("username"),
                        row.getString("password"),
                        row.getBoolean("enabled"),
                        row.getString("authorities")))
            .stream()) {
      ImportResult result =
          auth.admin().importAccounts(users, options, Deadline.after(Duration.ofMinutes(10)));
      LOG.info("Former users: {}", result);
    }
  }

  /**
   * The authority ROLE_ADMIN is the role ADMIN, and Spring Security's hasRole("ADMIN") again. An
   * authority without the prefix is no role: as one, a plain ADMIN would pass hasRole("ADMIN"),
   * which it never did. What hasAuthority asks for stays with the application.
   */
  private static ImportedAccount account(
      String username, String password, boolean enabled, String authorities) {
    List<String> roles =
        authorities == null
            ? List.of()
            : Arrays.stream(authorities.split(","))
                .filter(authority -> authority.startsWith(ROLE))
                .map(authority -> authority.substring(ROLE.length()))
                .toList();
    return ImportedAccount.builder()
        .email(username)
        .hash(password)
        .roles(roles)
        .status(enabled ? AccountStatus.ACTIVE : AccountStatus.DISABLED)
        .build();
  }
}
