package io.doorward.auth.jdbc;

import static io.doorward.auth.jdbc.Fixture.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.AuthService;
import io.doorward.auth.AuthServiceBuilder;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.CredentialStore.NewAccount;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.backend.Finding.Severity;
import io.doorward.auth.backend.StartPolicy;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.key.KeyRegistry.KeyFingerprint;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.testkit.TestSecrets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What nodes on one database find out about each other, and about its hashes, when they start. */
final class KeyRegistryIT {
  private static final Duration MEMORY = Duration.ofMinutes(10);
  private static final byte[] OLD = TestSecrets.newKey();
  private static final byte[] FRESH = TestSecrets.newKey();
  private static final String AGE =
      "UPDATE {key_fingerprints} SET seen_at = seen_at - interval '11 min',"
          + " current_at = current_at - interval '11 min'";

  private static Fixture db;

  @BeforeAll
  static void open() {
    db = Fixture.fresh();
  }

  @AfterAll
  static void close() {
    db.close();
  }

  @BeforeEach
  void forgetOthers() throws SQLException {
    db.sql("DELETE FROM {key_fingerprints}");
  }

  private static AuthServiceBuilder node(KeyRing keys) {
    JdbcStores stores = JdbcStores.of(db.pool.dataSource(), db.schema);
    return AuthService.builder(stores.accounts(), stores.tokenStore(), keys);
  }

  private static List<Finding> ofKeys(AuthService service) {
    return service.operations().health().findings().stream()
        .filter(found -> found.code().startsWith("keys."))
        .toList();
  }

  private static KeyRing ring(String first, byte[] firstSecret, String second, byte[] secret) {
    return KeyRing.builder().secret(first, firstSecret).secret(second, secret).build();
  }

  private static JdbcAccountStore store() {
    return JdbcStores.of(db.pool.dataSource(), db.schema).accounts();
  }

  private static List<KeyFingerprint> remembered() {
    return store().register(List.of(), MEMORY, soon());
  }

  @Test
  void nodesWithOneRingFindNothing() {
    KeyRing keys = KeyRing.ofSecret("2026-01", OLD);
    try (AuthService one = node(keys).build();
        AuthService other = node(KeyRing.ofSecret("2026-01", OLD)).build()) {
      assertThat(ofKeys(one)).isEmpty();
      assertThat(ofKeys(other)).isEmpty();
      assertThat(remembered()).containsExactlyInAnyOrderElementsOf(keys.fingerprints());
    }
  }

  @Test
  void aNodeWithAnotherKeyUnderTheSameIdDoesNotStart() {
    AuthServiceBuilder other = node(KeyRing.ofSecret("2026-01", FRESH));
    try (AuthService one = node(KeyRing.ofSecret("2026-01", OLD)).build()) {
      assertThatThrownBy(other::build)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("keys.differ")
          .hasMessageContaining("2026-01 (")
          .hasMessageContaining("an id of its own");
      assertThat(ofKeys(one)).isEmpty();

      try (AuthService tolerant =
          other.startPolicy(StartPolicy.defaults().tolerating("keys.differ")).build()) {
        assertThat(ofKeys(tolerant))
            .singleElement()
            .satisfies(
                found -> {
                  assertThat(found.severity()).isEqualTo(Severity.WARNING);
                  assertThat(found.meaning()).contains("signing", "sealing", "index");
                });
      }
    }
  }

  @Test
  void theOnlyKeyThatDiffersIsNamedWithItsPurpose() {
    KeyRing one = KeyRing.ofSecret("k", OLD);
    byte[] sealing = TestSecrets.newKey();
    KeyRing other = KeyRing.builder().secret("k", OLD).sealing("s", sealing).build();
    KeyRing odd = KeyRing.builder().secret("k", OLD).sealing("s", TestSecrets.newKey()).build();
    try (AuthService first = node(one).build();
        AuthService second = node(other).build()) {
      assertThat(ofKeys(first)).isEmpty();
      assertThat(ofKeys(second)).isEmpty();
      assertThatThrownBy(() -> node(odd).build()).hasMessageContaining("under the id s (sealing):");
    }
  }

  @Test
  void aNodeWithoutThePresentKeyOfOthersIsWarned() {
    try (AuthService ahead = node(ring("2026-07", FRESH, "2026-01", OLD)).build();
        AuthService behind = node(KeyRing.ofSecret("2026-01", OLD)).build()) {
      assertThat(ofKeys(ahead)).isEmpty();
      assertThat(ofKeys(behind))
          .singleElement()
          .satisfies(
              found -> {
                assertThat(found.code()).isEqualTo("keys.missing");
                assertThat(found.severity()).isEqualTo(Severity.WARNING);
                assertThat(found.meaning()).contains("2026-07 (").doesNotContain("2026-01");
                assertThat(found.advice()).contains("last on every node");
              });
    }
  }

  @Test
  void aNodeThatRunsHearsOfAKeyThatItLacks() {
    try (AuthService behind = node(KeyRing.ofSecret("2026-01", OLD)).build()) {
      assertThat(ofKeys(behind)).isEmpty();
      try (AuthService ahead = node(ring("2026-07", FRESH, "2026-01", OLD)).build()) {
        assertThat(ofKeys(ahead)).isEmpty();
        behind.operations().inspect(soon());
        assertThat(ofKeys(behind)).extracting(Finding::code).containsExactly("keys.missing");
      }
    }
  }

  @Test
  void aRotationStepByStepFindsNothing() throws SQLException {
    KeyRing before = KeyRing.ofSecret("2026-01", OLD);
    KeyRing known = ring("2026-01", OLD, "2026-07", FRESH);
    KeyRing used = ring("2026-07", FRESH, "2026-01", OLD);
    KeyRing after = KeyRing.ofSecret("2026-07", FRESH);
    for (List<KeyRing> nodes :
        List.of(List.of(before, known), List.of(known, used), List.of(used, after))) {
      if (nodes.contains(after)) {
        // The old key was the present one of some node when the longest session began.
        db.sql(AGE);
      }
      for (KeyRing keys : nodes) {
        try (AuthService node = node(keys).build()) {
          assertThat(ofKeys(node)).isEmpty();
        }
      }
    }
    db.sql(AGE + " WHERE key_id = '2026-01'");
    try (AuthService node = node(after).build()) {
      assertThat(ofKeys(node)).isEmpty();
      assertThat(remembered()).extracting(KeyFingerprint::id).containsOnly("2026-07");
    }
  }

  @Test
  void aKeyThatNoNodeHasAnyMoreIsForgotten() throws SQLException {
    try (AuthService wrong = node(KeyRing.ofSecret("2026-01", FRESH)).build()) {
      assertThat(ofKeys(wrong)).isEmpty();
    }
    assertThatThrownBy(() -> node(KeyRing.ofSecret("2026-01", OLD)).build())
        .hasMessageContaining("keys.differ");
    db.sql(AGE);

    KeyRing right = KeyRing.ofSecret("2026-01", OLD);
    try (AuthService node = node(right).build()) {
      assertThat(ofKeys(node)).isEmpty();
      assertThat(remembered()).containsExactlyInAnyOrderElementsOf(right.fingerprints());
    }
  }

  @Test
  void ofNodesThatStartAtOnceOneFindsTheOther() throws Exception {
    for (int round = 0; round < 5; round++) {
      forgetOthers();
      AtomicInteger node = new AtomicInteger();
      List<Boolean> agreed =
          Fixture.together(
              4,
              () -> {
                byte[] secret = node.getAndIncrement() % 2 == 0 ? OLD : FRESH;
                List<KeyFingerprint> mine = KeyRing.ofSecret("k", secret).fingerprints();
                return store().register(mine, MEMORY, soon()).containsAll(mine);
              });
      assertThat(agreed).filteredOn(Boolean::booleanValue).hasSize(2);
    }
  }

  @Test
  void aRingThatEndsWithItsProcessLeavesNothingBehind() {
    try (AuthService node = node(KeyRing.ephemeral()).build()) {
      assertThat(ofKeys(node)).extracting(Finding::code).containsExactly("keys.ephemeral");
    }
    assertThat(remembered()).isEmpty();
  }

  @Test
  void hashesThatNothingMatchesAreCountedOnRequest() throws SQLException {
    for (String hash : List.of("5f4dcc3b5aa765d61d8327deb882cf99", "{noop}x", "$2a$15$x")) {
      store()
          .create(
              NewAccount.of(
                  AccountId.random(),
                  Fixture.newLogin(),
                  AccountStatus.ACTIVE,
                  PasswordHash.of(hash)),
              OperationId.random(),
              soon());
    }
    try (AuthService node =
        node(KeyRing.ofSecret("2026-01", OLD)).countUnreadableHashes().build()) {
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () ->
                  assertThat(node.operations().health().findings())
                      .filteredOn(found -> found.code().equals("passwords.unreadable"))
                      .singleElement()
                      .satisfies(
                          found ->
                              assertThat(found.meaning())
                                  .startsWith("3 of 3 stored password hashes")
                                  .contains("2 unknown scheme", "1 malformed")));
    }
  }
}
