package io.doorward.benchmarks;

import io.doorward.Doorward;
import io.doorward.auth.Admin.ImportOptions;
import io.doorward.auth.Admin.ImportResult;
import io.doorward.auth.AuthService;
import io.doorward.auth.account.ImportedAccount;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.login.LoginAttempt;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.PasswordHasher;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.CheckResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** A service of Doorward with its users, as an application would have it. */
final class Service {
  private static final Duration IMPORT = Duration.ofMinutes(2);

  private final AuthService auth;
  private final int users;
  private final ClientContext client;

  private Service(AuthService auth, int users, ClientContext client) {
    this.auth = auth;
    this.users = users;
    this.client = client;
  }

  /** Opens a service and imports its users. */
  static Service open(Servers servers, Opened opened, Setup setup) {
    Doorward.Builder builder =
        Doorward.builder(
                opened.add(servers.pool()).dataSource(), opened.add(servers.boundedClient()))
            .keys(setup.keys())
            .name(setup.name())
            .migrate()
            .customize(it -> it.passwordHasher(setup.hasher()));
    AuthService auth =
        opened.add((setup.durable() ? builder.durableSessions() : builder.redisSessions()).build());
    Service service = new Service(auth, setup.users(), setup.client());
    service.importUsers(setup.hasher());
    return service;
  }

  AuthService auth() {
    return auth;
  }

  private void importUsers(PasswordHasher hasher) {
    String hash = hasher.hash(Users.PASSWORD).reveal();
    ImportResult result =
        auth.admin()
            .importAccounts(
                IntStream.range(0, users)
                    .mapToObj(
                        user ->
                            ImportedAccount.builder().email(Users.email(user)).hash(hash).build()),
                ImportOptions.refused(
                    it -> {
                      throw new IllegalStateException("a user was not imported: " + it);
                    }),
                Deadline.after(IMPORT));
    if (!(result instanceof ImportResult.Done)) {
      throw new IllegalStateException("the import did not end: " + result);
    }
  }

  /** Logs every user in once. */
  List<String> tokens() {
    List<String> tokens = new ArrayList<>();
    for (int user = 0; user < users; user++) {
      tokens.add(logIn(user).token().reveal());
    }
    return tokens;
  }

  /** A login that has to succeed, of the user whose turn it is. */
  LoginResult.Success logIn(int turn) {
    LoginId user = LoginId.of(Users.email(turn % users));
    LoginResult result =
        auth.login(
            new LoginAttempt(user, Users.PASSWORD, client), Deadline.after(Servers.PATIENCE));
    if (result instanceof LoginResult.Success success) {
      return success;
    }
    throw new IllegalStateException("the login did not succeed: " + result);
  }

  /** A check of a live session. */
  void check(String token) {
    CheckResult result = auth.check(AccessToken.of(token), Deadline.after(Servers.PATIENCE));
    if (!(result instanceof CheckResult.Active)) {
      throw new IllegalStateException("the session is not active: " + result);
    }
  }

  /**
   * What a service is made of.
   *
   * @param name of its schema and namespace: services that are measured together need different
   *     ones
   * @param durable whether PostgreSQL owns the sessions
   * @param client where logins come from
   */
  record Setup(
      String name,
      boolean durable,
      KeyRing keys,
      PasswordHasher hasher,
      int users,
      ClientContext client) {
    static Setup of(String name, int users) {
      return new Setup(
          name,
          false,
          KeyRing.ofSecret("main", Keys.secret()),
          new Bcrypt(),
          users,
          ClientContext.unknown());
    }

    Setup forUsers(int count) {
      return new Setup(name, durable, keys, hasher, count, client);
    }

    Setup durably() {
      return new Setup(name, true, keys, hasher, users, client);
    }

    Setup with(KeyRing ring) {
      return new Setup(name, durable, ring, hasher, users, client);
    }

    Setup with(PasswordHasher other) {
      return new Setup(name, durable, keys, other, users, client);
    }

    Setup from(ClientContext where) {
      return new Setup(name, durable, keys, hasher, users, where);
    }
  }
}
