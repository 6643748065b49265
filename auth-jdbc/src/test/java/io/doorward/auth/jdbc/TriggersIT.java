package io.doorward.auth.jdbc;

import static io.doorward.auth.jdbc.Fixture.hash;
import static io.doorward.auth.jdbc.Fixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore.Change;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.Outbox.Invalidation;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.testkit.Concurrently;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the tables do by themselves when an administrator changes a row behind our back. */
final class TriggersIT {
  private static Fixture db;
  private Credential before;
  private UserRecord userBefore;

  @BeforeAll
  static void open() {
    db = Fixture.fresh();
  }

  @AfterAll
  static void close() {
    db.close();
  }

  @BeforeEach
  void newAccount() throws SQLException {
    before = db.newAccount();
    userBefore = db.user(before);
    db.clearOutbox();
  }

  /** As docs/import.md shows it. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anUpsertSetsAPassword(boolean hasOne) throws SQLException {
    if (!hasOne) {
      db.sql("DELETE FROM {credentials} WHERE account_id = ?", id());
    }
    db.sql(
        "INSERT INTO {credentials} (account_id, secret)"
            + " SELECT account_id, 'other' FROM {login_ids} WHERE tenant = 'default' AND value = ?"
            + " ON CONFLICT (account_id, type, id) DO UPDATE SET secret = EXCLUDED.secret",
        before.loginId().value());

    assertThat(db.credentials.find(before.loginId(), soon()))
        .hasValueSatisfying(
            it -> {
              assertThat(it.hash().reveal()).isEqualTo("other");
              assertThat(it.epoch()).isNotEqualTo(before.epoch());
            });
    assertThat(loginFloor(before.loginId())).isPositive();
  }

  private UUID id() {
    return UUID.fromString(before.account().value());
  }

  private static List<Invalidation> undone() {
    List<Invalidation> rows = new ArrayList<>();
    db.outbox.drain(
        1000,
        row -> {
          rows.add(row.invalidation());
          return Fixture.refuse(row);
        },
        soon());
    return rows;
  }

  private static long loginFloor(LoginId login) {
    return undone().stream()
        .filter(row -> row instanceof Invalidation.OfLogin of && of.loginId().equals(login))
        .mapToLong(Invalidation::floor)
        .max()
        .orElse(0);
  }

  private long userFloor() {
    return undone().stream()
        .filter(
            row -> row instanceof Invalidation.OfUser of && of.account().equals(before.account()))
        .mapToLong(Invalidation::floor)
        .max()
        .orElse(0);
  }

  private void assertEverythingRose() {
    Credential now = db.find(before);
    UserRecord user = db.user(before);
    assertThat(now.version().number()).isGreaterThan(before.version().number());
    assertThat(now.version().tag()).isNotEqualTo(before.version().tag());
    assertThat(user.epoch()).isEqualTo(Epoch.of(now.version()));
    assertThat(user.version()).isGreaterThan(userBefore.version());
    assertThat(loginFloor(now.loginId())).isEqualTo(now.version().number());
    assertThat(userFloor()).isEqualTo(user.version());
  }

  @Test
  void anAdministratorsNewHashIsAChangeOfPassword() throws SQLException {
    db.sql("UPDATE {credentials} SET secret = 'other' WHERE account_id = ?", id());
    assertEverythingRose();
  }

  @Test
  void anAdministratorsNewStatusIsAChangeOfTheCredential() throws SQLException {
    db.sql("UPDATE {accounts} SET status = 'disabled' WHERE id = ?", id());
    assertEverythingRose();
  }

  @Test
  void aNewIdentifierInvalidatesTheOldAndTheNewOne() throws SQLException {
    LoginId other = Fixture.newLogin();
    db.sql("UPDATE {login_ids} SET value = ? WHERE account_id = ?", other.value(), id());
    assertEverythingRose();
    assertThat(db.find(before).loginId()).isEqualTo(other);
    assertThat(loginFloor(before.loginId()))
        .isGreaterThanOrEqualTo(db.find(before).version().number());
  }

  @Test
  void aChangeInvalidatesEveryIdentifierOfItsAccount() throws SQLException {
    LoginId second = Fixture.newLogin();
    addLogin(second);
    assertEverythingRose();
    assertThat(db.credentials.find(second, soon()).orElseThrow().account())
        .isEqualTo(before.account());

    db.sql("UPDATE {credentials} SET secret = 'other' WHERE account_id = ?", id());

    assertEverythingRose();
    assertThat(loginFloor(second)).isEqualTo(db.find(before).version().number());
    db.sql("DELETE FROM {accounts} WHERE id = ?", id());
    assertThat(loginFloor(second)).isGreaterThan(before.version().number());
    assertThat(loginFloor(before.loginId())).isGreaterThan(before.version().number());
    assertThat(db.query("SELECT value FROM {login_ids} WHERE account_id = ?", id())).isEmpty();
  }

  @Test
  void aRemovedIdentifierIsInvalidatedAndBeginsAnEpoch() throws SQLException {
    LoginId second = Fixture.newLogin();
    addLogin(second);
    Credential with = db.find(before);

    db.sql("DELETE FROM {login_ids} WHERE value = ?", second.value());

    assertEverythingRose();
    Credential now = db.find(before);
    assertThat(now.epoch()).isNotEqualTo(with.epoch());
    assertThat(loginFloor(second)).isEqualTo(now.version().number());
    assertThat(db.credentials.find(second, soon())).isEmpty();
  }

  /** All of them fit into what one call delivers, so none waits for the relay. */
  @Test
  void anAccountHasSixteenIdentifiersAtMost() throws SQLException {
    for (int i = 1; i < 16; i++) {
      addLogin(Fixture.newLogin());
    }
    assertThatThrownBy(() -> addLogin(Fixture.newLogin())).hasMessageContaining("at most 16");
    db.clearOutbox();

    Change.Changed changed =
        (Change.Changed)
            db.credentials.changeStatus(
                before.account(), AccountStatus.DISABLED, OperationId.random(), soon());

    assertThat(changed.pending()).hasSize(17);
  }

  @Test
  void theProofOfOneValueSaysNothingOfTheNext() throws SQLException {
    String verified =
        "SELECT (verified_at IS NOT NULL)::text FROM {login_ids} WHERE account_id = ?";
    db.sql("UPDATE {login_ids} SET verified_at = now() WHERE account_id = ?", id());
    assertThat(db.query(verified, id())).containsExactly("true");

    db.sql(
        "UPDATE {login_ids} SET value = ? WHERE account_id = ?", Fixture.newLogin().value(), id());

    assertThat(db.query(verified, id())).containsExactly("false");
  }

  @Test
  void accountsAndIdentifiersCannotBeMoved() {
    Credential other = db.newAccount(Fixture.newLogin());
    for (String move :
        List.of(
            "UPDATE {accounts} SET tenant = 'north' WHERE id = ?",
            "UPDATE {login_ids} SET tenant = 'north' WHERE account_id = ?",
            "UPDATE {login_ids} SET account_id = '" + other.account() + "' WHERE account_id = ?")) {
      assertThatThrownBy(() -> db.sql(move, id())).hasMessageContaining("cannot be moved");
    }
    assertThatThrownBy(
            () ->
                db.sql(
                    "INSERT INTO {login_ids} (tenant, value, account_id) VALUES ('north', 'x', ?)",
                    id()))
        .isInstanceOf(SQLException.class);
    assertThat(db.find(before)).isEqualTo(before);
  }

  @Test
  void theDatabaseTellsTheKindsApartAsTheLibraryDoes() throws SQLException {
    String unique = Fixture.newLogin().value().replaceAll("[^a-z0-9]", "");
    for (String value :
        List.of(unique + "@b.example", "+49@" + unique, "+493012345678901", unique, "+" + unique)) {
      LoginId login = LoginId.of(value);
      addLogin(login);
      assertThat(db.query("SELECT upper(kind) FROM {login_ids} WHERE value = ?", value))
          .containsExactly(login.kind().name());
    }
  }

  private void addLogin(LoginId login) throws SQLException {
    db.sql("INSERT INTO {login_ids} (value, account_id) VALUES (?, ?)", login.value(), id());
  }

  @Test
  void aDeletedAccountInvalidatesItsIdentifierAndItsUser() throws SQLException {
    db.sql("DELETE FROM {accounts} WHERE id = ?", id());
    assertThat(loginFloor(before.loginId())).isGreaterThan(before.version().number());
    assertThat(userFloor()).isGreaterThan(userBefore.version());
    assertThat(undone()).hasSize(2);
    assertThat(db.credentials.find(before.loginId(), soon())).isEmpty();
    assertThat(db.profiles.load(before.account(), soon())).isEmpty();
  }

  @Test
  void aDeletedCredentialInvalidatesAndEndsSessions() throws SQLException {
    db.sql("DELETE FROM {credentials} WHERE account_id = ?", id());
    assertThat(loginFloor(before.loginId())).isGreaterThan(before.version().number());
    UserRecord user = db.user(before);
    assertThat(userFloor()).isEqualTo(user.version()).isGreaterThan(userBefore.version());
    assertThat(user.epoch().number()).isGreaterThan(before.version().number());
  }

  @Test
  void aCredentialThatCameBackDoesNotLookLikeTheOldOne() throws SQLException {
    db.sql("DELETE FROM {credentials} WHERE account_id = ?", id());
    db.sql("INSERT INTO {credentials} (account_id, secret) VALUES (?, ?)", id(), "$test$first");
    assertEverythingRose();
  }

  @Test
  void aChangeOfRolesInvalidatesTheUserOnly() throws SQLException {
    db.sql("UPDATE {user_profiles} SET roles = ARRAY['admin'] WHERE account_id = ?", id());
    UserRecord user = db.user(before);
    assertThat(user.roles()).containsExactly("admin");
    assertThat(user.version()).isGreaterThan(userBefore.version());
    assertThat(user.epoch()).isEqualTo(userBefore.epoch());
    assertThat(undone())
        .singleElement()
        .isInstanceOfSatisfying(
            Invalidation.OfUser.class, row -> assertThat(row.floor()).isEqualTo(user.version()));
    assertThat(db.find(before)).isEqualTo(before);
  }

  @Test
  void aDeletedProfileInvalidatesTheUser() throws SQLException {
    db.sql("DELETE FROM {user_profiles} WHERE account_id = ?", id());
    assertThat(userFloor()).isGreaterThan(userBefore.version());
    assertThat(db.profiles.load(before.account(), soon())).isEmpty();
  }

  @Test
  void nobodySetsAVersionByHand() throws SQLException {
    db.sql(
        "UPDATE {accounts} SET version = 1, row_tag = 'x', epoch = 1, epoch_tag = 'x' WHERE id = ?",
        id());
    assertEverythingRose();
    db.sql("UPDATE {accounts} SET key_epoch = 1, key_epoch_tag = 'x' WHERE id = ?", id());
    assertThat(db.user(before).keyEpoch()).isEqualTo(Epoch.of(db.find(before).version()));
    db.sql("UPDATE {user_profiles} SET version = 1 WHERE account_id = ?", id());
    assertThat(db.user(before).version()).isGreaterThan(userBefore.version());
    Credential now = db.find(before);
    assertThatThrownBy(
            () ->
                db.sql(
                    "UPDATE {credentials} SET rehashed_from = 1, secret = 'other'"
                        + " WHERE account_id = ?",
                    id()))
        .hasMessageContaining("rehashed_from is 1, but the account has version ");
    assertThat(db.find(before)).isEqualTo(now);
  }

  /** Otherwise an old secret would come back, and all sessions would end. */
  @Test
  void aRehashThatAnotherChangeOvertookIsRefused() throws Exception {
    String rehash =
        "UPDATE {credentials} c SET secret = 'rehashed', rehashed_from = a.version"
            + " FROM {accounts} a WHERE a.id = c.account_id AND a.id = ?";
    CompletableFuture<Integer> rehashed;
    try (Connection changing = db.admin()) {
      changing.setAutoCommit(false);
      db.sql(changing, "UPDATE {credentials} SET secret = 'next' WHERE account_id = ?", id());
      rehashed = Concurrently.begin(() -> db.sql(rehash, id()));
      awaitLockWait();
      changing.commit();
    }
    assertThatThrownBy(() -> rehashed.get(20, TimeUnit.SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("40001"));
    Credential next = db.find(before);

    db.sql(rehash, id());

    assertThat(db.find(before).epoch()).isEqualTo(next.epoch());
    assertThat(db.find(before).version()).isNotEqualTo(next.version());
  }

  @Test
  void anInsertedAccountCannotBringItsVersion() throws SQLException {
    db.sql("DELETE FROM {accounts} WHERE id = ?", id());
    db.sql(
        "INSERT INTO {accounts} (id, status, version, row_tag, epoch, epoch_tag)"
            + " VALUES (?, 'active', 9000000000, 'mine', 1, 'mine')",
        id());
    db.sql(
        "INSERT INTO {login_ids} (value, account_id) VALUES (?, ?)",
        before.loginId().value(),
        id());
    db.sql(
        "INSERT INTO {credentials} (account_id, secret, rehashed_from, failures, failures_epoch,"
            + " known_devices_only) VALUES (?, 'x', 1, 7, 9000000000, true)",
        id());
    db.sql("INSERT INTO {user_profiles} (account_id) VALUES (?)", id());
    Credential now = db.find(before);
    assertThat(now.version().number()).isBetween(before.version().number() + 1, 8_999_999_999L);
    assertThat(now.version().tag()).isNotEqualTo("mine");
    assertThat(now.knownDevicesOnly()).isFalse();
    assertThat(db.user(before).epoch()).isEqualTo(Epoch.of(now.version())).isEqualTo(now.epoch());
  }

  @Test
  void aFactorThatIsAddedOrRemovedBeginsAnEpoch() throws SQLException {
    db.sql("INSERT INTO {credentials} (account_id, type, secret) VALUES (?, 'totp', 's')", id());
    assertEverythingRose();
    Credential with = db.find(before);
    assertThat(with.factors()).containsExactly("totp");
    assertThat(with.hash()).isEqualTo(before.hash());

    db.sql("DELETE FROM {credentials} WHERE account_id = ? AND type = 'totp'", id());

    Credential without = db.find(before);
    assertThat(without.factors()).isEmpty();
    assertThat(without.epoch()).isEqualTo(Epoch.of(without.version())).isNotEqualTo(with.epoch());
    assertThat(db.user(before).epoch()).isEqualTo(without.epoch());
    assertThat(db.user(before).keyEpoch()).isEqualTo(userBefore.keyEpoch());
    assertThat(loginFloor(before.loginId())).isEqualTo(without.version().number());
  }

  @Test
  void anAccountHasSeveralCredentialsOfATypeAndOnePassword() throws SQLException {
    String insert =
        "INSERT INTO {credentials} (account_id, type, id, secret) VALUES (?, ?, ?, 's')";
    db.sql(insert, id(), "passkey", "first");
    Epoch first = db.find(before).epoch();
    db.sql(insert, id(), "passkey", "second");
    assertThat(db.find(before).factors()).containsExactly("passkey");
    assertThat(db.find(before).epoch()).isNotEqualTo(first);
    for (String bad : List.of("password", "Passkey", "with space")) {
      assertThatThrownBy(() -> db.sql(insert, id(), bad, "third"))
          .hasMessageContaining("violates check constraint");
    }
  }

  @Test
  void anotherFormOfAFactorsSecretKeepsTheEpoch() throws SQLException {
    db.sql("INSERT INTO {credentials} (account_id, type, secret) VALUES (?, 'totp', 's')", id());
    Credential with = db.find(before);

    db.sql(
        "UPDATE {credentials} SET secret = 't', key_id = 'next', rehashed_from = a.version"
            + " FROM {accounts} a WHERE a.id = account_id AND a.id = ? AND type = 'totp'",
        id());

    Credential sealedAgain = db.find(before);
    assertThat(sealedAgain.version().number()).isGreaterThan(with.version().number());
    assertThat(sealedAgain.epoch()).isEqualTo(with.epoch());
    assertThat(loginFloor(before.loginId())).isEqualTo(sealedAgain.version().number());
  }

  @Test
  void onlyAStatusBeginsAnEpochOfApiKeys() throws SQLException {
    db.sql("UPDATE {credentials} SET secret = 'other' WHERE account_id = ?", id());
    db.sql("INSERT INTO {credentials} (account_id, type, secret) VALUES (?, 'totp', 's')", id());
    db.sql(
        "UPDATE {login_ids} SET value = ? WHERE account_id = ?", Fixture.newLogin().value(), id());
    assertThat(db.user(before).keyEpoch()).isEqualTo(userBefore.keyEpoch());

    db.sql("UPDATE {accounts} SET status = 'disabled' WHERE id = ?", id());

    assertThat(db.user(before).keyEpoch()).isEqualTo(Epoch.of(db.find(before).version()));
  }

  @Test
  void whatWasCountedInAnotherEpochCountsForNothing() throws SQLException {
    db.sql(
        "UPDATE {credentials} SET failures = 100, known_devices_only = true WHERE account_id = ?",
        id());
    db.sql("UPDATE {accounts} SET status = 'disabled' WHERE id = ?", id());
    Credential next = db.find(before);
    assertThat(next.knownDevicesOnly()).isFalse();
    db.clearOutbox();

    assertThat(db.credentials.countFailure(next.account(), next.epoch(), 2, soon())).isEmpty();
    assertThat(db.find(before)).as("a count moves nothing").isEqualTo(next);
    assertThat(undone()).isEmpty();
    assertThat(db.credentials.countFailure(next.account(), next.epoch(), 2, soon())).isPresent();
  }

  @Test
  void oneFailureOfAnotherEpochStopsNoCount() throws SQLException {
    assertThat(db.credentials.countFailure(before.account(), before.epoch(), 3, soon())).isEmpty();
    db.sql("UPDATE {accounts} SET epoch = 0 WHERE id = ?", id());
    Epoch next = db.find(before).epoch();

    assertThat(db.credentials.countFailure(before.account(), next, 3, soon())).isEmpty();
    assertThat(db.credentials.countFailure(before.account(), next, 3, soon())).isEmpty();
    assertThat(db.credentials.countFailure(before.account(), next, 3, soon())).isPresent();
    assertThat(db.find(before).knownDevicesOnly()).isTrue();
  }

  @Test
  void anAccountThatWasClosedInAnotherEpochCanBeClosedAgain() throws SQLException {
    db.sql("UPDATE {credentials} SET known_devices_only = true WHERE account_id = ?", id());
    db.sql("UPDATE {accounts} SET epoch = 0 WHERE id = ?", id());
    Credential open = db.find(before);
    assertThat(open.knownDevicesOnly()).isFalse();

    db.sql(
        "UPDATE {credentials} SET known_devices_only = true, failures_epoch = 0"
            + " WHERE account_id = ?",
        id());

    Credential closed = db.find(before);
    assertThat(closed.knownDevicesOnly()).isTrue();
    assertThat(closed.epoch()).isEqualTo(open.epoch());
    assertThat(loginFloor(before.loginId())).isEqualTo(closed.version().number());
  }

  @Test
  void anAccountThatAnAdministratorOpensToStrangersKeepsItsSessions() throws SQLException {
    db.sql(
        "UPDATE {credentials} SET failures = 100, known_devices_only = true WHERE account_id = ?",
        id());
    Credential closed = db.find(before);
    assertThat(closed.knownDevicesOnly()).isTrue();
    assertThat(loginFloor(before.loginId())).isEqualTo(closed.version().number());

    db.sql("UPDATE {credentials} SET known_devices_only = false WHERE account_id = ?", id());

    Credential open = db.find(before);
    assertThat(open.knownDevicesOnly()).isFalse();
    assertThat(open.version().number()).isGreaterThan(closed.version().number());
    assertThat(loginFloor(before.loginId())).isEqualTo(open.version().number());
    assertThat(open.epoch()).isEqualTo(before.epoch());
    assertThat(db.user(before)).isEqualTo(userBefore);
    assertThat(db.credentials.countFailure(open.account(), open.epoch(), 2, soon()))
        .as("counted anew")
        .isEmpty();
  }

  @Test
  void anUpdateThatChangesNothingInvalidatesNothing() throws SQLException {
    db.sql(
        "UPDATE {credentials} SET secret = secret, updated_at = now() WHERE account_id = ?", id());
    db.sql("UPDATE {accounts} SET status = status, external_id = 'crm-17' WHERE id = ?", id());
    db.sql("UPDATE {login_ids} SET value = value, verified_at = now() WHERE account_id = ?", id());
    db.sql("UPDATE {user_profiles} SET roles = roles WHERE account_id = ?", id());
    assertThat(db.find(before)).isEqualTo(before);
    assertThat(db.user(before)).isEqualTo(userBefore);
    assertThat(undone()).isEmpty();
  }

  @Test
  void credentialsAndProfilesCannotBeMovedToAnotherAccount() {
    UUID other = UUID.fromString(db.newAccount().account().value());
    assertThatThrownBy(
            () ->
                db.sql("UPDATE {credentials} SET account_id = ? WHERE account_id = ?", other, id()))
        .hasMessageContaining("cannot be moved");
    assertThatThrownBy(
            () ->
                db.sql(
                    "UPDATE {user_profiles} SET account_id = ? WHERE account_id = ?", other, id()))
        .hasMessageContaining("cannot be moved");
  }

  @Test
  void truncateIsRefusedBecauseNobodyWouldHearOfIt() {
    for (String table : List.of("accounts", "credentials", "user_profiles", "sessions")) {
      assertThatThrownBy(() -> db.sql("TRUNCATE {" + table + "} CASCADE"))
          .hasMessageContaining("use DELETE");
    }
  }

  @Test
  void theSearchPathOfWhoeverChangesARowPlaysNoPart() throws SQLException {
    try (Connection admin = db.admin()) {
      db.sql(admin, "SET search_path = nowhere");
      db.sql(admin, "UPDATE {credentials} SET secret = 'other' WHERE account_id = ?", id());
    }
    assertEverythingRose();
  }

  @Test
  void aRolledBackChangeLeavesNoTrace() throws SQLException {
    try (Connection admin = db.admin()) {
      admin.setAutoCommit(false);
      db.sql(admin, "UPDATE {credentials} SET secret = 'other' WHERE account_id = ?", id());
      admin.rollback();
    }
    assertThat(db.find(before)).isEqualTo(before);
    assertThat(undone()).isEmpty();
  }

  @Test
  void aDeletionThatWaitedForAChangeFencesThatChangeToo() throws Exception {
    try (Connection changing = db.admin()) {
      changing.setAutoCommit(false);
      // Holds the account, so the deletion has to wait.
      db.sql(changing, "UPDATE {credentials} SET secret = 'early' WHERE account_id = ?", id());
      CompletableFuture<Integer> deletion =
          Concurrently.begin(() -> db.sql("DELETE FROM {accounts} WHERE id = ?", id()));
      awaitLockWait();
      db.sql(changing, "UPDATE {credentials} SET secret = 'late' WHERE account_id = ?", id());
      long lateVersion =
          Long.parseLong(queryOn(changing, "SELECT version FROM {accounts} WHERE id = ?"));
      changing.commit();
      assertThat(deletion.get(20, TimeUnit.SECONDS)).isEqualTo(1);
      assertThat(loginFloor(before.loginId())).isGreaterThan(lateVersion);
    }
  }

  @Test
  void aNewIdentifierFencesAPasswordChangeThatCommittedMeanwhile() throws Exception {
    LoginId other = Fixture.newLogin();
    try (Connection changing = db.admin()) {
      changing.setAutoCommit(false);
      db.sql(changing, "UPDATE {credentials} SET secret = 'late' WHERE account_id = ?", id());
      long lateVersion =
          Long.parseLong(queryOn(changing, "SELECT version FROM {accounts} WHERE id = ?"));
      CompletableFuture<Integer> rename =
          Concurrently.begin(
              () ->
                  db.sql(
                      "UPDATE {login_ids} SET value = ? WHERE account_id = ?",
                      other.value(),
                      id()));
      awaitLockWait();
      changing.commit();
      assertThat(rename.get(20, TimeUnit.SECONDS)).isEqualTo(1);
      assertThat(loginFloor(before.loginId())).isGreaterThan(lateVersion);
      assertThat(loginFloor(other)).isGreaterThan(lateVersion);
    }
  }

  @Test
  void anInsertedCredentialIsAboveTheFloorsOfARenameBesideIt() throws Exception {
    LoginId other = Fixture.newLogin();
    db.sql("DELETE FROM {credentials} WHERE account_id = ?", id());
    try (Connection renaming = db.admin()) {
      renaming.setAutoCommit(false);
      rename(renaming, other);
      CompletableFuture<Integer> insertion =
          Concurrently.begin(
              () -> db.sql("INSERT INTO {credentials} (account_id, secret) VALUES (?, 'x')", id()));
      awaitLockWait();
      rename(renaming, Fixture.newLogin());
      rename(renaming, other);
      renaming.commit();
      assertThat(insertion.get(20, TimeUnit.SECONDS)).isEqualTo(1);
    }
    assertThat(loginFloor(other)).isEqualTo(db.find(before).version().number());
  }

  private void rename(Connection connection, LoginId next) throws SQLException {
    db.sql(connection, "UPDATE {login_ids} SET value = ? WHERE account_id = ?", next.value(), id());
  }

  @Test
  void pathsThatMeetDoNotDeadlock() throws Exception {
    List<Boolean> finished =
        Fixture.together(
            12,
            () -> {
              for (int i = 0; i < 15; i++) {
                switch ((int) ((Thread.currentThread().getId() + i) % 4)) {
                  case 0 ->
                      db.sql(
                          "UPDATE {credentials} SET secret = secret || 'x' WHERE account_id = ?",
                          id());
                  case 1 ->
                      db.sql(
                          "UPDATE {accounts} SET status = CASE status WHEN 'active' THEN 'disabled'"
                              + " ELSE 'active' END WHERE id = ?",
                          id());
                  case 2 ->
                      db.profiles.changeRoles(
                          before.account(),
                          Set.of("r" + i),
                          Set.of(),
                          OperationId.random(),
                          soon());
                  default -> {
                    Credential now = db.find(before);
                    Change change =
                        db.credentials.changePassword(
                            before.account(),
                            now.version(),
                            hash("n" + i),
                            OperationId.random(),
                            soon());
                    assertThat(change).isNotNull();
                  }
                }
              }
              return true;
            });
    assertThat(finished).hasSize(12).containsOnly(true);
    UserRecord user = db.user(before);
    assertThat(userFloor()).isEqualTo(user.version());
    assertThat(loginFloor(before.loginId())).isEqualTo(db.find(before).version().number());
  }

  private static void awaitLockWait() {
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(
                        db.query(
                            "SELECT pid::text FROM pg_stat_activity WHERE datname ="
                                + " current_database() AND wait_event_type = 'Lock'"))
                    .isNotEmpty());
  }

  private String queryOn(Connection connection, String template) throws SQLException {
    try (var statement = connection.prepareStatement(db.schema.sql(template))) {
      statement.setObject(1, id());
      try (var rows = statement.executeQuery()) {
        rows.next();
        return rows.getString(1);
      }
    }
  }
}
