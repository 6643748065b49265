package io.doorward.auth.jdbc;

import static java.util.Locale.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.session.Session;
import io.doorward.auth.testkit.Concurrently;
import io.doorward.auth.testkit.TestDatabase;
import io.doorward.auth.testkit.TestPostgres;
import io.doorward.auth.testkit.TestSecrets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

final class SchemaIT {
  private static final JdbcSchema SCHEMA = JdbcSchema.defaults();

  private static final String COLUMNS =
      """
      SELECT table_name || ': ' || string_agg(column_name, ' ' ORDER BY column_name)
      FROM information_schema.columns
      WHERE table_schema = 'doorward' AND table_name IN
        ('accounts', 'credentials', 'ended_sessions', 'sessions', 'user_profiles')
      GROUP BY table_name ORDER BY table_name
      """;

  private final String url = TestPostgres.shared().newDatabase().jdbcUrl();
  private final PGSimpleDataSource dataSource = dataSource(url);

  private static PGSimpleDataSource dataSource(String url) {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl(url);
    return dataSource;
  }

  private static Deadline minute() {
    return Deadline.after(Fixture.seconds(60));
  }

  private SchemaMigrator migrator() {
    return SchemaMigrator.of(dataSource, SCHEMA);
  }

  private SchemaState check() {
    return SchemaCheck.of(dataSource, SCHEMA).run(minute());
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private String text(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  /** Brings the database to where an earlier release left it. */
  private void migratedTo(int version) throws SQLException {
    execute("CREATE SCHEMA doorward");
    for (Migrations.Migration earlier : Migrations.ALL.subList(0, version)) {
      execute(earlier.render(SCHEMA));
    }
  }

  private static void flyway(String url, JdbcSchema schema) {
    Flyway.configure()
        .dataSource(url, null, null)
        .locations(SchemaMigrator.FLYWAY_LOCATION)
        .placeholders(SchemaMigrator.flywayPlaceholders(schema))
        .defaultSchema(schema.schema())
        .table("flyway_history")
        .load()
        .migrate();
  }

  @Test
  void anEmptyDatabaseIsMissingAndThenMigrated() {
    assertThat(check()).isEqualTo(new SchemaState.Missing(SCHEMA));
    assertThat(check().message()).contains("run SchemaMigrator").contains("prefix=");
    assertThat(migrator().migrate(minute()))
        .isEqualTo(new SchemaMigrator.Migrated(0, Migrations.NEWEST));
    assertThat(check()).isEqualTo(new SchemaState.Current(SCHEMA, Migrations.NEWEST));
  }

  /** No account that everyone knows, no hint or question, no day on which a password expires. */
  @Test
  void aFreshSchemaHasTheseColumnsAndNoAccount() throws SQLException {
    migrator().migrate(minute());
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      List<String> tables = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery(COLUMNS)) {
        while (rows.next()) {
          tables.add(rows.getString(1));
        }
      }
      assertThat(tables)
          .containsExactly(
              "accounts: created_at epoch epoch_tag external_id id key_epoch key_epoch_tag"
                  + " operation_id row_tag status tenant version",
              "credentials: account_id failures failures_epoch id key_id known_devices_only"
                  + " rehashed_from secret type updated_at",
              "ended_sessions: account_id created_at ended_at id kind reason",
              "sessions: absolute_end account_id amr attribute_keys attribute_values auth_time"
                  + " created_at credential_version device epoch_tag generation id idle_end"
                  + " idle_timeout key_id kind last_used_at rotated_at scopes",
              "user_profiles: account_id roles row_tag updated_at version");
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT (SELECT count(*) FROM doorward.accounts)"
                  + " + (SELECT count(*) FROM doorward.credentials)"
                  + " + (SELECT count(*) FROM doorward.user_profiles)")) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getInt(1)).isZero();
      }
    }
  }

  @Test
  void aSecondRunChangesNothing() {
    migrator().migrate(minute());
    List<String> before = describe(url, SCHEMA);
    assertThat(migrator().migrate(minute()))
        .isEqualTo(new SchemaMigrator.Migrated(Migrations.NEWEST, Migrations.NEWEST));
    assertThat(describe(url, SCHEMA)).isEqualTo(before);
  }

  @Test
  void nodesThatStartTogetherDoTheWorkOnce() throws Exception {
    List<SchemaMigrator.Migrated> runs = Fixture.together(8, () -> migrator().migrate(minute()));
    assertThat(runs).allMatch(run -> run.to() == Migrations.NEWEST);
    assertThat(check().isUsable()).isTrue();
  }

  @Test
  void flywayAndTheMigratorMakeTheSameSchema() {
    migrator().migrate(minute());
    String other = TestPostgres.shared().newDatabase().jdbcUrl();
    flyway(other, SCHEMA);
    assertThat(describe(other, SCHEMA)).hasSizeGreaterThan(50).isEqualTo(describe(url, SCHEMA));
    assertThat(SchemaCheck.of(dataSource(other), SCHEMA).run(minute()).isUsable()).isTrue();
  }

  @Test
  void whatFlywayRanTheMigratorAccepts() {
    flyway(url, SCHEMA);
    assertThat(migrator().migrate(minute()))
        .isEqualTo(new SchemaMigrator.Migrated(Migrations.NEWEST, Migrations.NEWEST));
  }

  @Test
  void aPrefixKeepsOurTablesApartFromTheHosts() throws SQLException {
    JdbcSchema shared = JdbcSchema.of("public").withPrefix("auth_");
    execute("CREATE TABLE public.accounts (id int); CREATE TABLE public.users (id int)");
    SchemaMigrator.of(dataSource, shared).migrate(minute());
    JdbcCredentialStore store = JdbcStores.of(dataSource, shared).credentials();
    LoginId login = Fixture.newLogin();
    store.create(
        NewAccount.of(AccountId.random(), login, AccountStatus.ACTIVE, Fixture.hash("a")),
        OperationId.random(),
        minute());
    assertThat(store.find(login, minute())).isPresent();
    assertThat(SchemaCheck.of(dataSource, shared).run(minute()).isUsable()).isTrue();
  }

  @Test
  void aReservedWordIsAGoodSchemaName() {
    JdbcSchema user = JdbcSchema.of("user").withPrefix("order_");
    SchemaMigrator.of(dataSource, user).migrate(minute());
    assertThat(JdbcStores.of(dataSource, user).outbox().backlog(minute()).pending()).isZero();
  }

  @Test
  void anEditedMigrationIsRefused() throws SQLException {
    migrator().migrate(minute());
    execute("UPDATE doorward.schema_history SET checksum = 'other' WHERE version = 1");
    assertThat(check()).isEqualTo(new SchemaState.Edited(SCHEMA, 1));
    assertThatThrownBy(() -> migrator().migrate(minute()))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MISCONFIGURED))
        .hasMessageContaining("restore the released file");
  }

  @Test
  void aNewerSchemaIsRefused() throws SQLException {
    migrator().migrate(minute());
    execute("INSERT INTO doorward.schema_history (version) VALUES (99)");
    assertThat(check()).isEqualTo(new SchemaState.Ahead(SCHEMA, 99, Migrations.NEWEST));
    assertThatThrownBy(() -> migrator().migrate(minute()))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MISCONFIGURED))
        .hasMessageContaining("use the Doorward release that made it");
  }

  @Test
  void anOlderSchemaIsBroughtUpToDate() throws SQLException {
    migratedTo(1);
    assertThat(check()).isEqualTo(new SchemaState.Behind(SCHEMA, 1, Migrations.NEWEST));
    assertThat(migrator().migrate(minute()))
        .isEqualTo(new SchemaMigrator.Migrated(1, Migrations.NEWEST));
    assertThat(check().isUsable()).isTrue();
  }

  /** A node of the version before may hold what the migration locks next. */
  @Test
  void aMigrationThatADeadlockEndedIsRepeated() throws Exception {
    migratedTo(9);
    CompletableFuture<SchemaMigrator.Migrated> migration;
    try (Connection node = dataSource.getConnection();
        Statement statement = node.createStatement()) {
      // The server lets the other one go.
      statement.execute("SET deadlock_timeout = '1h'");
      node.setAutoCommit(false);
      statement.execute("LOCK TABLE doorward.credentials IN ROW EXCLUSIVE MODE");
      migration = Concurrently.begin(() -> migrator().migrate(minute()));
      Awaitility.await()
          .until(
              () ->
                  text("SELECT count(*) FROM pg_locks WHERE NOT granted"
                          + " AND relation = 'doorward.credentials'::regclass")
                      .equals("1"));
      statement.execute("LOCK TABLE doorward.accounts IN ROW EXCLUSIVE MODE");
      node.commit();
    }

    assertThat(migration.get(1, TimeUnit.MINUTES))
        .isEqualTo(new SchemaMigrator.Migrated(9, Migrations.NEWEST));
  }

  @Test
  void sessionsOfTheFirstEpochsLiveOnAndThoseBeforeThemStayOver() throws SQLException {
    migratedTo(3);
    AccountId ada = AccountId.random();
    execute(
        """
        INSERT INTO doorward.accounts (id, login_id, status) VALUES ('{id}', 'ada', 'active');
        INSERT INTO doorward.user_profiles (account_id) VALUES ('{id}');
        INSERT INTO doorward.credentials (account_id, secret) VALUES ('{id}', 'first');
        UPDATE doorward.credentials SET secret = 'second';
        UPDATE doorward.credentials SET secret = 'rehashed', rehashed_from = version;
        INSERT INTO doorward.sessions (id, account_id, kind, credential_version, generation,
          created_at, auth_time, absolute_end, idle_timeout, idle_end)
        SELECT w.id, account_id, 'cookie', w.number, 0, now(), now(), now() + interval '1 h',
          interval '1 h', now() + interval '1 h'
        FROM doorward.credentials, LATERAL (VALUES
          ('before', min_version - 1), ('by-the-first-hash', min_version),
          ('by-the-second-hash', version)) AS w (id, number)
        """
            .replace("{id}", ada.value()));
    JdbcStores stores = JdbcStores.of(dataSource, SCHEMA);
    String before =
        text("SELECT concat_ws(' ', version, row_tag, min_version) FROM doorward.credentials");

    migrator().migrate(minute());

    assertThat(text("SELECT concat_ws(' ', version, row_tag, epoch) FROM doorward.accounts"))
        .as("no version moves")
        .isEqualTo(before);
    assertThat(stores.tokenStore().list(ada, minute()))
        .extracting(session -> session.id().value())
        .containsExactlyInAnyOrder("by-the-first-hash", "by-the-second-hash");
    assertThat(stores.profiles().load(ada, minute()).orElseThrow().epoch())
        .isEqualTo(stores.credentials().find(ada, minute()).orElseThrow().epoch());
  }

  @Test
  void accountsTakeOverWhatTheirPasswordsHad() throws SQLException {
    migratedTo(9);
    AccountId ada = AccountId.random();
    AccountId bob = AccountId.random();
    execute(
        """
        INSERT INTO doorward.accounts (id, login_id, status) VALUES
          ('{ada}', 'ada', 'active'), ('{bob}', 'bob', 'active');
        INSERT INTO doorward.user_profiles (account_id) VALUES ('{ada}'), ('{bob}');
        INSERT INTO doorward.credentials (account_id, secret) VALUES ('{ada}', 'first');
        UPDATE doorward.credentials SET secret = 'rehashed', rehashed_from = version;
        UPDATE doorward.credentials SET failures = 99, known_devices_only = true;
        INSERT INTO doorward.operations (account_id, operation_id, version, row_tag, min_version,
          epoch_tag, roles)
        SELECT account_id, 'roles', 1, 'tag', min_version, epoch_tag, '{admin}'
        FROM doorward.credentials;
        INSERT INTO doorward.sessions (id, account_id, kind, credential_version, epoch_tag,
          generation, created_at, auth_time, absolute_end, idle_timeout, idle_end)
        SELECT 'phone', account_id, 'cookie', min_version, epoch_tag, 0, now(), now(),
          now() + interval '1 h', interval '1 h', now() + interval '1 h'
        FROM doorward.credentials;
        """
            .replace("{ada}", ada.value())
            .replace("{bob}", bob.value()));
    String before =
        text(
            "SELECT concat_ws(' ', version, row_tag, min_version, epoch_tag) FROM doorward.credentials");
    int told = Integer.parseInt(text("SELECT count(*) FROM doorward.outbox"));

    migrator().migrate(minute());

    String after =
        "SELECT concat_ws(' ', version, row_tag, epoch, epoch_tag) FROM doorward.accounts";
    assertThat(text(after + " WHERE id = '" + ada + "'")).isEqualTo(before);
    assertThat(text("SELECT count(*) FROM doorward.outbox")).isEqualTo(String.valueOf(told));
    JdbcStores stores = JdbcStores.of(dataSource, SCHEMA);
    UserRecord user = stores.profiles().load(ada, minute()).orElseThrow();
    Credential credential = stores.credentials().find(ada, minute()).orElseThrow();
    assertThat(credential.knownDevicesOnly()).isTrue();
    assertThat(credential.epoch()).isEqualTo(user.epoch()).isEqualTo(user.keyEpoch());
    assertThat(stores.tokenStore().list(ada, minute())).hasSize(1);
    assertThat(stores.accounts().state(bob, minute()).version()).isPresent();
    assertThat(stores.profiles().load(bob, minute()).orElseThrow().epoch())
        .isNotEqualTo(user.epoch());
    assertThat(check().isUsable()).isTrue();
  }

  @Test
  void anAccountThatWasClosedWithoutFailuresStaysClosed() throws SQLException {
    migratedTo(9);
    AccountId ada = AccountId.random();
    execute(
        """
        INSERT INTO doorward.accounts (id, login_id, status) VALUES ('{id}', 'ada', 'active');
        INSERT INTO doorward.user_profiles (account_id) VALUES ('{id}');
        INSERT INTO doorward.credentials (account_id, secret) VALUES ('{id}', 'first');
        UPDATE doorward.credentials SET known_devices_only = true;
        """
            .replace("{id}", ada.value()));

    migrator().migrate(minute());

    Credential credential =
        JdbcStores.of(dataSource, SCHEMA).credentials().find(ada, minute()).orElseThrow();
    assertThat(credential.knownDevicesOnly()).isTrue();
  }

  @Test
  void tenantsInFrontOfIdentifiersBecomeThoseOfTheirAccounts() throws SQLException {
    migratedTo(9);
    List<String> ids = Stream.generate(AccountId::random).limit(3).map(AccountId::value).toList();
    execute(
        """
        INSERT INTO doorward.accounts (id, login_id, status) VALUES
          ('{0}', 'north:ada@example.org', 'active'), ('{1}', 'default:bob', 'active'),
          ('{2}', 'ada@example.org', 'active');
        INSERT INTO doorward.user_profiles (account_id) SELECT id FROM doorward.accounts;
        INSERT INTO doorward.credentials (account_id, secret)
        SELECT id, 'first' FROM doorward.accounts;
        UPDATE doorward.credentials SET secret = 'second';
        UPDATE doorward.user_profiles SET roles = '{admin}';
        """
            .replace("{0}", ids.get(0))
            .replace("{1}", ids.get(1))
            .replace("{2}", ids.get(2)));
    String ofAda = " = '" + ids.get(0) + "'";
    String before =
        text(
            "SELECT concat_ws(' ', version, min_version) FROM doorward.credentials WHERE account_id"
                + ofAda);

    migrator().migrate(minute());

    assertThat(
            text("SELECT concat_ws(' ', version, epoch) FROM doorward.accounts WHERE id" + ofAda))
        .isEqualTo(before);
    TenantId north = new TenantId("north");
    LoginId ada = LoginId.email("ada@example.org");
    JdbcStores stores = JdbcStores.of(dataSource, SCHEMA);
    assertThat(
            List.of(ada.inTenant(north), LoginId.of("bob"), ada).stream()
                .map(login -> stores.credentials().find(login, minute()).orElseThrow().account()))
        .containsExactly(
            AccountId.of(north, ids.get(0)),
            AccountId.of(TenantId.DEFAULT, ids.get(1)),
            AccountId.of(TenantId.DEFAULT, ids.get(2)));
    assertThat(text("SELECT kind FROM doorward.login_ids WHERE tenant = 'north'"))
        .isEqualTo("email");
    List<Invalidation> told = new ArrayList<>();
    stores
        .outbox()
        .drain(
            100,
            row -> {
              told.add(row.invalidation());
              return Fixture.confirm(row);
            },
            minute());
    assertThat(told)
        .anyMatch(
            row ->
                row instanceof Invalidation.OfLogin of && of.loginId().equals(ada.inTenant(north)))
        .anyMatch(
            row ->
                row instanceof Invalidation.OfUser of
                    && of.account().equals(AccountId.of(north, ids.get(0))))
        .allMatch(
            row ->
                !(row instanceof Invalidation.OfLogin of) || !of.loginId().value().contains(":"));
  }

  @Test
  void sessionsWithoutRotationsAndScopesLiveOnAsAtTheirBeginning() throws SQLException {
    migratedTo(9);
    AccountId ada = AccountId.random();
    execute(
        """
        INSERT INTO doorward.accounts (id, login_id, status) VALUES ('{id}', 'ada', 'active');
        INSERT INTO doorward.user_profiles (account_id) VALUES ('{id}');
        INSERT INTO doorward.credentials (account_id, secret) VALUES ('{id}', 'first');
        INSERT INTO doorward.sessions (id, account_id, kind, credential_version, epoch_tag,
          generation, created_at, auth_time, absolute_end, idle_timeout, idle_end)
        SELECT 'before', account_id, 'cookie', min_version, epoch_tag, 0,
          now() - interval '2 h', now(), now() + interval '1 h', interval '1 h',
          now() + interval '1 h'
        FROM doorward.credentials
        """
            .replace("{id}", ada.value()));

    migrator().migrate(minute());

    Session session = JdbcStores.of(dataSource, SCHEMA).tokenStore().list(ada, minute()).get(0);
    assertThat(session.rotatedAt()).isEqualTo(session.createdAt());
    assertThat(session.lastUsedAt()).isEqualTo(session.createdAt());
    assertThat(session.keyId()).isEmpty();
    assertThat(session.scopes()).isEmpty();
  }

  @Test
  void everyDisabledTriggerIsFound() throws SQLException {
    migrator().migrate(minute());
    assertThat(Migrations.TRIGGERS)
        .extracting(trigger -> trigger.table() + " " + trigger.name())
        .contains("accounts no_truncate", "credentials stamp", "sessions spread")
        .hasSizeGreaterThan(10);
    for (Migrations.Trigger trigger : Migrations.TRIGGERS) {
      String alter = "ALTER TABLE doorward." + trigger.table();
      for (String off : List.of(" DISABLE TRIGGER ", " ENABLE REPLICA TRIGGER ")) {
        execute(alter + off + trigger.name());
        assertThat(check())
            .isEqualTo(new SchemaState.TriggerOff(SCHEMA, trigger.name(), trigger.table()));
      }
      execute(alter + " ENABLE ALWAYS TRIGGER " + trigger.name());
    }
    assertThat(check().isUsable()).isTrue();
  }

  @Test
  void everyTriggerOfTheDatabaseIsLookedFor() throws SQLException {
    migrator().migrate(minute());
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                    + " WHERE NOT t.tgisinternal")) {
      List<Migrations.Trigger> there = new ArrayList<>();
      while (rows.next()) {
        there.add(new Migrations.Trigger(rows.getString(1), rows.getString(2)));
      }
      assertThat(there).containsExactlyInAnyOrderElementsOf(Migrations.TRIGGERS);
    }
  }

  @Test
  void aForeignKeyThatIsNotEnforcedIsFound() throws SQLException {
    migrator().migrate(minute());
    execute("ALTER TABLE doorward.accounts DISABLE TRIGGER ALL");
    execute("ALTER TABLE doorward.accounts ENABLE TRIGGER USER");
    assertThat(check())
        .isInstanceOfSatisfying(
            SchemaState.TriggerOff.class, off -> assertThat(off.table()).isEqualTo("accounts"));
    execute("ALTER TABLE doorward.accounts ENABLE TRIGGER ALL");
    assertThat(check().isUsable()).isTrue();
  }

  @Test
  void triggersThatAreSuspendedAreFound() throws SQLException {
    migrator().migrate(minute());
    PGSimpleDataSource replica = dataSource(url);
    replica.setOptions("-c session_replication_role=replica");
    assertThat(SchemaCheck.of(replica, SCHEMA).run(minute()))
        .isEqualTo(new SchemaState.TriggersSuspended(SCHEMA));
  }

  @Test
  void aReadOnlyServerIsFoundAndWritesAreRefused() throws SQLException {
    migrator().migrate(minute());
    PGSimpleDataSource readOnly = dataSource(url);
    readOnly.setOptions("-c default_transaction_read_only=on");
    assertThat(SchemaCheck.of(readOnly, SCHEMA).run(minute()))
        .isEqualTo(new SchemaState.ReadOnly(SCHEMA));
    assertThatThrownBy(
            () ->
                JdbcStores.of(readOnly, SCHEMA)
                    .credentials()
                    .create(
                        NewAccount.of(
                            AccountId.random(),
                            Fixture.newLogin(),
                            AccountStatus.ACTIVE,
                            Fixture.hash("a")),
                        OperationId.random(),
                        minute()))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED))
        .hasMessageContaining("25006");
  }

  @Test
  void aStoreWithoutItsSchemaSaysWhatToDo() {
    assertThatThrownBy(
            () ->
                JdbcStores.of(dataSource, SCHEMA).credentials().find(Fixture.newLogin(), minute()))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(Kind.MISCONFIGURED);
              assertThat(e.isTransient()).isFalse();
            })
        .hasMessageContaining("run SchemaMigrator")
        .hasMessageContaining(SchemaMigrator.FLYWAY_LOCATION);
  }

  @Test
  void aRoleThatMayNotMigrateIsToldWhatToGrant() throws SQLException {
    String role = "migrator_" + OperationId.random().value().replace("-", "_").toLowerCase(ROOT);
    String password = TestSecrets.record(OperationId.random().value());
    execute("CREATE ROLE \"" + role + "\" LOGIN PASSWORD '" + password + "'");
    PGSimpleDataSource weak = dataSource(url);
    weak.setUser(role);
    weak.setPassword(password);

    assertThatThrownBy(() -> SchemaMigrator.of(weak, SCHEMA).migrate(minute()))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MISCONFIGURED))
        .hasMessageContaining("role " + role)
        .hasMessageContaining("permission denied for database")
        .hasMessageContaining("GRANT CREATE ON DATABASE")
        .hasMessageContaining("CREATE SCHEMA \"doorward\"");

    execute("CREATE SCHEMA doorward");
    execute("GRANT USAGE ON SCHEMA doorward TO \"" + role + '"');
    assertThatThrownBy(() -> SchemaMigrator.of(weak, SCHEMA).migrate(minute()))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MISCONFIGURED))
        .hasMessageContaining("GRANT CREATE, USAGE ON SCHEMA \"doorward\"");

    execute("ALTER SCHEMA doorward OWNER TO \"" + role + '"');
    assertThat(SchemaMigrator.of(weak, SCHEMA).migrate(minute()).to()).isEqualTo(Migrations.NEWEST);
  }

  @Test
  void aUserWithoutRightsSaysWhatToGrant() throws SQLException {
    migrator().migrate(minute());
    String password = TestSecrets.record(OperationId.random().value());
    execute("DROP ROLE IF EXISTS nobody_much");
    execute("CREATE ROLE nobody_much LOGIN PASSWORD '" + password + "'");
    PGSimpleDataSource weak = dataSource(url);
    weak.setUser("nobody_much");
    weak.setPassword(password);
    assertThatThrownBy(() -> JdbcStores.of(weak, SCHEMA).outbox().backlog(minute()))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MISCONFIGURED))
        .hasMessageContaining("Grant USAGE");
  }

  @Test
  void aMissingDatabaseIsAMisconfiguration() {
    TestDatabase gone = TestPostgres.shared().newDatabase();
    gone.close();
    PGSimpleDataSource nowhere = dataSource(gone.jdbcUrl());
    assertThatThrownBy(() -> JdbcStores.of(nowhere, SCHEMA).outbox().backlog(minute()))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MISCONFIGURED));
  }

  /** Everything that the catalogues say of our schema, the tools' own history tables aside. */
  private static List<String> describe(String url, JdbcSchema schema) {
    String sql =
        """
        SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' '
          || is_nullable || ' ' || coalesce(column_default, '') || ' ' || ordinal_position
        FROM information_schema.columns
        WHERE table_schema = '{s}' AND table_name <> 'flyway_history'
        UNION ALL
        SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' '
          || pg_get_constraintdef(oid)
        FROM pg_constraint
        WHERE connamespace = '{s}'::regnamespace AND conrelid::regclass::text NOT LIKE '%flyway%'
        UNION ALL
        SELECT 'index ' || indexdef FROM pg_indexes
        WHERE schemaname = '{s}' AND tablename <> 'flyway_history'
        UNION ALL
        SELECT 'trigger ' || pg_get_triggerdef(t.oid) FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = '{s}'::regnamespace AND NOT tgisinternal
        UNION ALL
        SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = '{s}'::regnamespace
        UNION ALL
        SELECT 'sequence ' || sequencename || ' ' || increment_by || ' ' || cache_size || ' ' || cycle
        FROM pg_sequences WHERE schemaname = '{s}'
        UNION ALL
        SELECT 'migration ' || version FROM {s}.schema_history
        ORDER BY 1
        """
            .replace("{s}", schema.schema());
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> lines = new ArrayList<>();
      while (rows.next()) {
        lines.add(rows.getString(1));
      }
      return lines;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
