package io.doorward.auth.jdbc;

import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountImport.Row;
import io.doorward.auth.account.AccountImport.Written;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.TenantId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes imported accounts by a few statements a batch: one transaction looks up what is there
 * already, and inserts the rest. Thread-safe.
 *
 * <p>The triggers run for each row as for any other writer, and take most of the time; so arrays
 * are as fast as COPY, and work through every pool and proxy. Told that it is an import, they put
 * nothing into the outbox for an account that is as new as its transaction: it is in no cache. What
 * caches hold of an earlier owner of an identifier is told by the outbox row of that change.
 */
final class AccountBatches {
  private static final String STEP = "import of accounts";

  /** A batch that loses to concurrent writers so often is the caller's to repeat. */
  private static final int MAX_ROUNDS = 5;

  private static final String OWNERS =
      """
      SELECT w.row, a.id, a.operation_id
      FROM unnest(?::int[], ?::text[], ?::text[]) AS w (row, tenant, value)
      JOIN {login_ids} l ON l.tenant = w.tenant AND l.value = w.value
      JOIN {accounts} a ON a.id = l.account_id
      """;

  private static final String TAKEN_EXTERNAL_IDS =
      """
      SELECT w.row
      FROM unnest(?::int[], ?::text[], ?::text[]) AS w (row, tenant, external_id)
      JOIN {accounts} a ON a.tenant = w.tenant AND a.external_id = w.external_id
      """;

  private static final String ACCOUNTS =
      """
      INSERT INTO {accounts} (tenant, id, status, external_id, operation_id)
      SELECT * FROM unnest(?::text[], ?::uuid[], ?::text[], ?::text[], ?::text[])
      """;

  private static final String LOGIN_IDS =
      """
      INSERT INTO {login_ids} (tenant, value, account_id, created_at)
      SELECT * FROM unnest(?::text[], ?::text[], ?::uuid[], ?::timestamptz[])
      """;

  private static final String CREDENTIALS =
      """
      INSERT INTO {credentials} (account_id, secret) SELECT * FROM unnest(?::uuid[], ?::text[])
      """;

  private static final String PROFILES =
      """
      INSERT INTO {user_profiles} (account_id, roles)
      SELECT id, string_to_array(roles, ' ') FROM unnest(?::uuid[], ?::text[]) AS w (id, roles)
      """;

  /** Comes last: triggers know a new account by its time. */
  private static final String DATE =
      """
      UPDATE {accounts} a SET created_at = w.at
      FROM unnest(?::uuid[], ?::timestamptz[]) AS w (id, at) WHERE a.id = w.id
      """;

  private static final String BEGIN =
      "SELECT now(), set_config('doorward.account_import', 'on', true)";

  private final Database database;
  private final String owners;
  private final String takenExternalIds;
  private final String accounts;
  private final String loginIds;
  private final String credentials;
  private final String profiles;
  private final String date;

  AccountBatches(Database database) {
    this.database = database;
    this.owners = database.sql(OWNERS);
    this.takenExternalIds = database.sql(TAKEN_EXTERNAL_IDS);
    this.accounts = database.sql(ACCOUNTS);
    this.loginIds = database.sql(LOGIN_IDS);
    this.credentials = database.sql(CREDENTIALS);
    this.profiles = database.sql(PROFILES);
    this.date = database.sql(DATE);
  }

  List<Written> write(List<Row> rows, Deadline deadline) {
    List<ImportedRow> wanted = rows.stream().map(ImportedRow::of).toList();
    return write(wanted, deadline, 1);
  }

  private List<Written> write(List<ImportedRow> rows, Deadline deadline, int round) {
    try {
      return rows.isEmpty()
          ? List.of()
          : database.transaction(
              STEP,
              deadline,
              connection -> {
                try {
                  return write(connection, rows);
                } catch (SQLException e) {
                  if (SqlFailures.isUniqueViolation(e) || SqlFailures.isUnstorable(e)) {
                    throw new NotWrittenException(e);
                  }
                  throw e;
                }
              });
    } catch (NotWrittenException e) {
      if (SqlFailures.isUnstorable(e.failure)) {
        return rows.size() == 1 ? List.of(Written.UNSTORABLE) : writeHalves(rows, deadline);
      }
      if (round == MAX_ROUNDS) {
        throw database.failures().of(STEP, SqlFailures.Phase.BEFORE_COMMIT, e.failure);
      }
      return write(rows, deadline, round + 1);
    }
  }

  /** One of the rows has a character that the database does not have, and the others go in. */
  private List<Written> writeHalves(List<ImportedRow> rows, Deadline deadline) {
    int half = rows.size() / 2;
    List<Written> written = new ArrayList<>(write(rows.subList(0, half), deadline, 1));
    written.addAll(write(rows.subList(half, rows.size()), deadline, 1));
    return written;
  }

  /** Carries the server's refusal out of the transaction, which is rolled back. */
  private static final class NotWrittenException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient SQLException failure;

    NotWrittenException(SQLException failure) {
      super(failure);
      this.failure = failure;
    }
  }

  private List<Written> write(Connection connection, List<ImportedRow> rows) throws SQLException {
    Map<Integer, List<Owner>> owners = owners(connection, rows);
    Set<Integer> taken = takenExternalIds(connection, rows);
    Batch batch = new Batch();
    List<Written> written = new ArrayList<>(rows.size());
    for (int i = 0; i < rows.size(); i++) {
      written.add(batch.judge(rows.get(i), owners.getOrDefault(i, List.of()), taken.contains(i)));
    }
    if (!batch.fresh.isEmpty()) {
      insert(connection, batch.fresh);
    }
    return written;
  }

  /** An account that has a login identifier of a row, and the operation that created it. */
  private record Owner(UUID account, String operation) {}

  /** What is to be inserted, and whether a row can be; for one thread. */
  private static final class Batch {
    private final List<ImportedRow> fresh = new ArrayList<>();
    private final Map<LoginId, String> contents = new HashMap<>();
    private final Set<ExternalId> externalIds = new HashSet<>();

    Written judge(ImportedRow row, List<Owner> owners, boolean externalIdTaken) {
      if (!row.isStorable()) {
        return Written.UNSTORABLE;
      }
      if (owners.stream().anyMatch(it -> it.account().equals(row.account().id()))) {
        // By an earlier try of this call, whose answer was lost.
        return Written.CREATED;
      }
      Set<String> others = new HashSet<>();
      owners.forEach(it -> others.add(it.operation()));
      row.row().loginIds().stream()
          .flatMap(it -> Optional.ofNullable(contents.get(it)).stream())
          .forEach(others::add);
      if (!others.isEmpty()) {
        return others.contains(row.content()) ? Written.PRESENT : Written.LOGIN_ID_TAKEN;
      }
      if (externalIdTaken || row.row().externalId().filter(externalIds::contains).isPresent()) {
        return Written.EXTERNAL_ID_TAKEN;
      }
      row.row().loginIds().forEach(it -> contents.put(it, row.content()));
      row.row().externalId().ifPresent(externalIds::add);
      fresh.add(row);
      return Written.CREATED;
    }
  }

  private Map<Integer, List<Owner>> owners(Connection connection, List<ImportedRow> rows)
      throws SQLException {
    Names names = new Names();
    for (int i = 0; i < rows.size(); i++) {
      for (LoginId loginId : rows.get(i).row().loginIds()) {
        names.add(i, loginId.tenant(), loginId.value());
      }
    }
    Map<Integer, List<Owner>> found = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(owners)) {
      bind(statement, names.columns());
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          found
              .computeIfAbsent(result.getInt(1), row -> new ArrayList<>())
              .add(new Owner(result.getObject(2, UUID.class), String.valueOf(result.getString(3))));
        }
      }
    }
    return found;
  }

  private Set<Integer> takenExternalIds(Connection connection, List<ImportedRow> rows)
      throws SQLException {
    Names names = new Names();
    for (int i = 0; i < rows.size(); i++) {
      Optional<ExternalId> externalId = rows.get(i).row().externalId();
      if (externalId.isPresent()) {
        names.add(i, externalId.get().tenant(), externalId.get().value());
      }
    }
    if (names.rows.isEmpty()) {
      return Set.of();
    }
    Set<Integer> taken = new HashSet<>();
    try (PreparedStatement statement = connection.prepareStatement(takenExternalIds)) {
      bind(statement, names.columns());
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          taken.add(result.getInt(1));
        }
      }
    }
    return taken;
  }

  /** Names of rows, as three arrays. A name that cannot be stored is of no account. */
  private static final class Names {
    private final List<Integer> rows = new ArrayList<>();
    private final List<String> tenants = new ArrayList<>();
    private final List<String> values = new ArrayList<>();

    void add(int row, TenantId tenant, String value) {
      if (StoredText.isStorable(value)) {
        rows.add(row);
        tenants.add(tenant.value());
        values.add(value);
      }
    }

    Column[] columns() {
      return new Column[] {
        new Column("int4", rows), new Column("text", tenants), new Column("text", values)
      };
    }
  }

  private void insert(Connection connection, List<ImportedRow> rows) throws SQLException {
    Instant now = begin(connection);
    List<ImportedRow.Login> logins = rows.stream().flatMap(it -> it.logins(now)).toList();
    List<ImportedRow> dated = rows.stream().filter(it -> it.row().createdAt().isPresent()).toList();
    List<ImportedRow> secured = rows.stream().filter(it -> it.row().hash().isPresent()).toList();
    run(
        connection,
        accounts,
        column("text", rows, ImportedRow::tenant),
        column("uuid", rows, ImportedRow::id),
        column("text", rows, ImportedRow::status),
        column("text", rows, ImportedRow::externalId),
        column("text", rows, ImportedRow::content));
    run(
        connection,
        loginIds,
        column("text", logins, ImportedRow.Login::tenant),
        column("text", logins, ImportedRow.Login::value),
        column("uuid", logins, ImportedRow.Login::account),
        column("timestamptz", logins, ImportedRow.Login::since));
    run(
        connection,
        credentials,
        column("uuid", secured, ImportedRow::id),
        column("text", secured, ImportedRow::secret));
    run(
        connection,
        profiles,
        column("uuid", rows, ImportedRow::id),
        column("text", rows, ImportedRow::roles));
    run(
        connection,
        date,
        column("uuid", dated, ImportedRow::id),
        column("timestamptz", dated, ImportedRow::createdAt));
  }

  /** One column of all rows, as the elements of an array. */
  private record Column(String type, List<? extends @Nullable Object> elements) {}

  private static <T> Column column(
      String type, List<T> rows, Function<T, ? extends @Nullable Object> value) {
    return new Column(type, rows.stream().<@Nullable Object>map(value).toList());
  }

  private static void run(Connection connection, String sql, Column... columns)
      throws SQLException {
    if (columns[0].elements().isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, columns);
      statement.executeUpdate();
    }
  }

  private static void bind(PreparedStatement statement, Column... columns) throws SQLException {
    Connection connection = statement.getConnection();
    for (int i = 0; i < columns.length; i++) {
      statement.setArray(
          i + 1, connection.createArrayOf(columns[i].type(), columns[i].elements().toArray()));
    }
  }

  /** Tells the triggers, and returns the time of the transaction. */
  private static Instant begin(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(BEGIN);
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getObject(1, OffsetDateTime.class).toInstant();
    }
  }
}
