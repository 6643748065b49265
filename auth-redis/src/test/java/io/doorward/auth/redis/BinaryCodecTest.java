package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.ProfileStore;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.TenantId;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BinaryCodecTest {
  private static final Session SESSION =
      Session.builder(
              new AccountId("a"),
              SessionKind.COOKIE,
              new Epoch(Long.MAX_VALUE, "tag"),
              Instant.ofEpochMilli(1_000),
              Instant.ofEpochMilli(9_000),
              Duration.ofSeconds(5))
          .id(new SessionId("s"))
          .rotation(3, Instant.ofEpochMilli(2_000), Optional.of("key"))
          .authTime(Instant.ofEpochMilli(900))
          .lastUsedAt(Instant.ofEpochMilli(3_000))
          .amr(Set.of("pwd", "otp"))
          .scopes(Set.of("read", "write"))
          .device(Optional.of("T\u00e9l\u00e9phone"))
          .attributes(Map.of("k", "v", "empty", ""))
          .build();

  private static final UserRecord USER =
      new UserRecord(
          new AccountId("a"),
          Set.of("admin", "clerk"),
          5,
          "tag",
          new Epoch(7, "epoch"),
          new Epoch(6, "keys"));

  @Test
  void aSessionComesBackAsItWas() {
    assertThat(BinaryCodec.read(written(SESSION), SessionCodec::read)).contains(SESSION);
  }

  @ParameterizedTest
  @EnumSource(SessionKind.class)
  void aSessionWithNothingOptionalComesBackAsItWas(SessionKind kind) {
    Session session =
        Session.builder(
                SESSION.account(),
                kind,
                SESSION.epoch(),
                SESSION.createdAt(),
                SESSION.absoluteEnd(),
                SESSION.idleTimeout())
            .build();

    assertThat(BinaryCodec.read(written(session), SessionCodec::read)).contains(session);
  }

  @Test
  void aSessionOfAKindOfANewerVersionIsNeitherReadNorAbsent() {
    byte[] plain = written(SESSION);
    int kind = new String(plain, StandardCharsets.ISO_8859_1).indexOf("cookie");
    System.arraycopy("voyage".getBytes(StandardCharsets.US_ASCII), 0, plain, kind, 6);

    assertThatThrownBy(() -> BinaryCodec.read(plain, SessionCodec::read))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NEWER_FORMAT))
        .hasMessage(
            "Redis: read a session: a newer version stored it, and this one does not know its"
                + " kind");
  }

  @Test
  void aUserRecordComesBackAsItWas() {
    assertThat(BinaryCodec.read(written(new UserRecordCodec(), USER), new UserRecordCodec()::read))
        .contains(USER);
    assertThat(new UserRecordCodec().version(USER)).isEqualTo(5);
  }

  /** A profile store refuses more roles, and longer ones. Sealing and fences take below 1 KiB. */
  @Test
  void theLargestUserRecordIsBelow8KiB() {
    String longest = "x".repeat(64);
    Epoch epoch = new Epoch(Long.MAX_VALUE, longest);
    UserRecord largest =
        new UserRecord(
            AccountId.random(new TenantId(longest)),
            IntStream.range(0, ProfileStore.maxRoles())
                .mapToObj(i -> "r".repeat(61) + (100 + i))
                .collect(Collectors.toSet()),
            Long.MAX_VALUE,
            longest,
            epoch,
            epoch);

    byte[] plain = written(new UserRecordCodec(), largest);

    assertThat(plain).hasSizeBetween(4 * 1024, 7 * 1024);
    assertThat(BinaryCodec.read(plain, new UserRecordCodec()::read)).contains(largest);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aCredentialComesBackAsItWasUnderTheIdentifierOfItsKey(boolean knownDevicesOnly) {
    Credential credential = credential(knownDevicesOnly);
    CachedCredential.Codec codec = new CachedCredential.Codec();
    CachedCredential cached = CachedCredential.of(credential);

    assertThat(
            BinaryCodec.read(written(codec, cached), codec::read)
                .map(it -> it.toCredential(credential.loginId())))
        .contains(credential);
    assertThat(codec.version(cached)).isEqualTo(11);
  }

  @Test
  void noFormatHasTheNameOfAnother() {
    assertThat(
            List.of(
                StoredSessions.FORMAT,
                RedisSessionView.FORMAT,
                new UserRecordCodec().format(),
                new CachedCredential.Codec().format()))
        .extracting(format -> format.toString().replaceAll(" \\d+$", ""))
        .doesNotHaveDuplicates()
        .noneMatch(String::isEmpty);
  }

  @Test
  void nothingThatWasCutOrLengthenedIsRead() {
    CachedCredential.Codec codec = new CachedCredential.Codec();
    UserRecordCodec users = new UserRecordCodec();

    assertNoOtherLengthIsRead(written(SESSION), SessionCodec::read);
    assertNoOtherLengthIsRead(written(users, USER), users::read);
    assertNoOtherLengthIsRead(written(codec, CachedCredential.of(credential(true))), codec::read);
  }

  private static void assertNoOtherLengthIsRead(
      byte[] whole, Function<BinaryCodec.Reader, ?> body) {
    assertThat(BinaryCodec.read(whole, body)).isPresent();
    for (int length = 0; length < whole.length; length++) {
      assertThat(BinaryCodec.read(Arrays.copyOf(whole, length), body))
          .as("%d bytes", length)
          .isEmpty();
    }
    assertThat(BinaryCodec.read(Arrays.copyOf(whole, whole.length + 1), body)).isEmpty();
  }

  private static byte[] written(Session session) {
    BinaryCodec.Writer out = new BinaryCodec.Writer();
    SessionCodec.write(session, out);
    return out.toBytes();
  }

  private static <T> byte[] written(FencedEntries.Codec<T> codec, T value) {
    BinaryCodec.Writer out = new BinaryCodec.Writer();
    codec.write(value, out);
    return out.toBytes();
  }

  private static Credential credential(boolean knownDevicesOnly) {
    return new Credential(
        new AccountId("a"),
        LoginId.email("ada@example.org"),
        AccountStatus.ACTIVE,
        PasswordHash.of("{noop}"),
        new CredentialVersion(11, "version"),
        new Epoch(7, "epoch"),
        knownDevicesOnly,
        Set.of());
  }

  @Test
  void aLengthThatLiesIsRefused() {
    assertIsNoText(2, 'x');
    assertIsNoText(239, 'x');
    assertIsNoText(240, 0x7f, 0xff, 0xff, 0xff, 'x');
    assertIsNoText(240, 0xff, 0, 0, 0, 'x');
    assertIsNoText(241, 'x');
    assertIsNoText(242, 'x');
  }

  @Test
  void aFormOfTextsThatIsNotKnownIsRefused() {
    for (int form = 243; form < 256; form++) {
      byte[] text = new byte[1 + form];
      text[0] = (byte) form;
      assertThat(BinaryCodec.read(text, BinaryCodec.Reader::text)).as("%d", form).isEmpty();
    }
  }

  private static void assertIsNoText(int... bytes) {
    byte[] value = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      value[i] = (byte) bytes[i];
    }
    assertThat(BinaryCodec.read(value, BinaryCodec.Reader::text)).isEmpty();
  }

  /** Each text with the number of bytes that it takes. */
  @ParameterizedTest
  @CsvSource({
    "'', 1",
    "COOKIE, 7",
    "6f1c7d1e-0b0a-4c6e-9a44-1f9b6a2f7d10, 17",
    "6F1C7D1E-0B0A-4C6E-9A44-1F9B6A2F7D10, 37",
    "6f1c7d1e-0b0a-4c6e-9a44-1f9b6a2f7d1, 36",
    "6f1c7d1e-0b0a-4c6e-9a44+1f9b6a2f7d10, 37",
    "f1c7d1e-0b0a-4c6e-9a44-01f9b6a2f7d10, 37",
    "AAECAwQFBgcICQoLDA0ODw, 17",
    "_-ECAwQFBgcICQoLDA0ODw, 17",
    "AAECAwQFBgcICQoLDA0ODx, 23",
    "AAECAwQFBgcICQoLDA0OD=, 23",
    "AAECAwQFBgcICQoLDA0 DA, 23",
    "T\u00e9l\u00e9phone, 12"
  })
  void idsAreSixteenBytesAndEveryTextComesBackAsItWas(String text, int length) {
    assertTakes(text, length);
  }

  @Test
  void aLongTextHasItsLengthInFront() {
    assertTakes("x".repeat(239), 240);
    assertTakes("x".repeat(240), 245);
    assertTakes("x".repeat(70_000), 70_005);
  }

  private static void assertTakes(String text, int length) {
    byte[] written = new BinaryCodec.Writer().text(text).toBytes();
    assertThat(written).hasSize(length);
    assertThat(BinaryCodec.read(written, BinaryCodec.Reader::text)).contains(text);
  }

  @Test
  void versionsAreEightBytesTheHighestFirst() {
    assertThat(FencedEntries.wide(0)).isEqualTo(new byte[8]);
    assertThat(FencedEntries.wide(0x0102030405060708L)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    assertThat(Reply.of(FencedEntries.wide(Long.MAX_VALUE)).wide()).isEqualTo(Long.MAX_VALUE);
    assertThatThrownBy(() -> FencedEntries.wide(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("version must not be negative: -1");
  }
}
