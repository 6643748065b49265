package io.doorward.auth.jdbc;

import io.doorward.auth.account.AccountDirectory;
import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountDirectory.ExternalIdentity;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.account.CredentialStore.Creation;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.account.NameStore;
import io.doorward.auth.account.Outbox;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.Outbox.Outcome;
import io.doorward.auth.account.Outbox.Pending;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.testkit.AccountStores;
import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** A migrated database of its own, the stores on it, and an administrator's connection. */
final class Fixture implements AutoCloseable {
  private static final AtomicInteger NAMES = new AtomicInteger();

  final String url;
  final JdbcSchema schema;
  final PostgresPool pool;
  final JdbcCredentialStore credentials;
  final ProfileStore profiles;
  final Outbox outbox;
  final JdbcTokenStore tokens;

  private Fixture(String url, JdbcSchema schema, PostgresPool pool) {
    this.url = url;
    this.schema = schema;
    this.pool = pool;
    this.credentials = JdbcStores.of(pool.dataSource(), schema).credentials();
    this.profiles = JdbcStores.of(pool.dataSource(), schema).profiles();
    this.outbox = JdbcStores.of(pool.dataSource(), schema).outbox();
    this.tokens = JdbcStores.of(pool.dataSource(), schema).tokenStore();
  }

  static Fixture fresh() {
    return open(Migrated.DATABASE.copy());
  }

  /** Made once: the migrations take longer than a copy. */
  private static final class Migrated {
    static final TestDatabase DATABASE = TestPostgres.shared().newDatabase();

    static {
      on(DATABASE).close();
    }
  }

  static Fixture on(TestPostgres server) {
    return on(server.newDatabase());
  }

  static Fixture on(TestDatabase database) {
    Fixture fixture = open(database);
    SchemaMigrator.of(fixture.pool.dataSource(), JdbcSchema.defaults())
        .migrate(Deadline.after(seconds(60)));
    return fixture;
  }

  private static Fixture open(TestDatabase database) {
    String url = database.jdbcUrl();
    PostgresPool pool = PostgresPool.builder(url).maximumSize(20).poolWait(seconds(5)).open();
    return new Fixture(url, JdbcSchema.defaults(), pool);
  }

  /** What the contracts need, with an administrator's statements for what goes behind our back. */
  AccountStores stores() {
    return new AccountStores() {
      private final JdbcAccountStore store = JdbcStores.of(pool.dataSource(), schema).accounts();

      @Override
      public CredentialStore credentials() {
        return store;
      }

      @Override
      public ProfileStore profiles() {
        return store;
      }

      @Override
      public NameStore names() {
        return store;
      }

      @Override
      public Outbox outbox() {
        return store;
      }

      @Override
      public AccountStore all() {
        return store;
      }

      @Override
      public AccountDirectory directory() {
        return store;
      }

      @Override
      public void changeLoginIdBehind(AccountId account, LoginId next) {
        behind("UPDATE {login_ids} SET value = ? WHERE account_id = ?", account, next.value());
      }

      @Override
      public void addLoginIdBehind(AccountId account, LoginId further) {
        behind(
            "INSERT INTO {login_ids} (value, account_id) VALUES (?, ?)", account, further.value());
      }

      @Override
      public void setExternalIdBehind(AccountId account, ExternalId externalId) {
        behind("UPDATE {accounts} SET external_id = ? WHERE id = ?", account, externalId.value());
      }

      @Override
      public void addExternalIdentityBehind(AccountId account, ExternalIdentity identity) {
        behind(
            "INSERT INTO {external_identities} (issuer, subject, account_id) VALUES (?, ?, ?)",
            account,
            identity.issuer(),
            identity.subject());
      }

      @Override
      public void changeHashBehind(AccountId account, PasswordHash next) {
        behind("UPDATE {credentials} SET secret = ? WHERE account_id = ?", account, next.reveal());
      }
    };
  }

  /** Runs a statement whose last parameter is the account. */
  private void behind(String template, AccountId account, String... values) {
    List<Object> parameters = new ArrayList<>(List.of(values));
    parameters.add(UUID.fromString(account.value()));
    try {
      sql(template, parameters.toArray());
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Remembers what it is told and confirms it. */
  static Function<Pending, Outcome> confirming(Collection<Invalidation> seen) {
    return row -> {
      seen.add(row.invalidation());
      return new Outcome.Confirmed();
    };
  }

  static Outcome confirm(Pending row) {
    return new Outcome.Confirmed();
  }

  /** The row is due again at once. */
  static Outcome refuse(Pending row) {
    return new Outcome.Later(row.attempts() + 1, Duration.ZERO);
  }

  static Deadline soon() {
    return Deadline.after(seconds(20));
  }

  static Duration seconds(long seconds) {
    return Duration.ofSeconds(seconds);
  }

  static LoginId newLogin() {
    return LoginId.email("person" + NAMES.incrementAndGet() + "@example.org");
  }

  static PasswordHash hash(String text) {
    return PasswordHash.of("$test$" + text);
  }

  Credential newAccount() {
    return newAccount(newLogin());
  }

  Credential newAccount(LoginId login) {
    Creation creation =
        credentials.create(
            NewAccount.of(AccountId.random(), login, AccountStatus.ACTIVE, hash("first")),
            OperationId.random(),
            soon());
    return ((Creation.Created) creation).credential().orElseThrow();
  }

  Credential find(Credential credential) {
    return credentials.find(credential.account(), soon()).orElseThrow();
  }

  UserRecord user(Credential credential) {
    return profiles.load(credential.account(), soon()).orElseThrow();
  }

  static Session session(Credential credential) {
    return session(credential, Duration.ofMinutes(30), Duration.ofHours(12));
  }

  static Session session(Credential credential, Duration idle, Duration life) {
    var now = InstantSource.system().instant().truncatedTo(ChronoUnit.MICROS);
    return Session.builder(
            credential.account(), SessionKind.COOKIE, credential.epoch(), now, now.plus(life), idle)
        .amr(Set.of("pwd"))
        .device(Optional.of("a phone"))
        .attributes(Map.of("theme", "dark"))
        .build();
  }

  Connection admin() throws SQLException {
    return DriverManager.getConnection(url);
  }

  /** Runs a statement as an administrator in psql would. */
  int sql(String template, Object... values) throws SQLException {
    try (Connection connection = admin()) {
      return sql(connection, template, values);
    }
  }

  int sql(Connection connection, String template, Object... values) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(schema.sql(template))) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      return statement.executeUpdate();
    }
  }

  List<String> query(String template, Object... values) throws SQLException {
    try (Connection connection = admin()) {
      return query(connection, template, values);
    }
  }

  List<String> query(Connection connection, String template, Object... values) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(schema.sql(template))) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      List<String> found = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.add(rows.getString(1));
        }
      }
      return found;
    }
  }

  /** Marks everything done, so that a test sees what comes after. */
  void clearOutbox() throws SQLException {
    sql("UPDATE {outbox} SET done_at = now() WHERE done_at IS NULL");
  }

  /** Runs a call on so many threads, started together. */
  static <T> List<T> together(int threads, Callable<T> call) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      CyclicBarrier barrier = new CyclicBarrier(threads);
      List<Future<T>> futures = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        futures.add(
            executor.submit(
                () -> {
                  barrier.await(30, TimeUnit.SECONDS);
                  return call.call();
                }));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get(60, TimeUnit.SECONDS));
      }
      return results;
    } finally {
      executor.shutdownNow();
    }
  }

  @Override
  public void close() {
    pool.close();
  }
}
