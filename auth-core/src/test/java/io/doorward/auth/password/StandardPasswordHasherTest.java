package io.doorward.auth.password;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.sun.management.ThreadMXBean;
import io.doorward.auth.password.PasswordHasher.UnreadableHash;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.security.crypto.scrypt.SCryptPasswordEncoder;

class StandardPasswordHasherTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final String PHRASE = "correct horse battery staple";

  /** RFC 7914, 12: N 16384, r 8, p 1, 64 bytes, in Spring's text form. */
  private static final String SCRYPT =
      "$e0801$U29kaXVtQ2hsb3JpZGU=$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUk"
          + "Kpr55h6F3A1lHkDfzwF7RVdYhw==";

  /** Of "U*U", from the tests of Openwall's crypt_blowfish. */
  private static final String BCRYPT =
      "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

  /** Of "password", from the tests of the Argon2 reference implementation. */
  private static final String ARGON2ID =
      "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

  private static final String OF_NOBODY =
      "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$" + "A".repeat(43);

  /** The lesser of two, because the first comparison also loads classes. */
  private static final long ORDINARY = Math.min(allocated(OF_NOBODY), allocated(OF_NOBODY));

  private final PasswordHasher hasher = PasswordHasher.standard();
  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Level level = root.getLevel();
  private final ListAppender<ILoggingEvent> heard = new ListAppender<>();

  @BeforeEach
  void listen() {
    heard.start();
    root.addAppender(heard);
    root.setLevel(Level.TRACE);
  }

  @AfterEach
  void nothingIsLoggedAboutAnyHash() {
    root.setLevel(level);
    root.detachAppender(heard);
    assertThat(heard.list).isEmpty();
  }

  @Test
  void aNewHashIsArgon2idOfTheDocumentedCostAndMatchesOnlyItsPassword() {
    PasswordHash hash = hasher.hash(Password.of(PHRASE));

    assertThat(hash.reveal()).matches("\\$argon2id\\$v=19\\$m=19456,t=2,p=1\\$[^$]{22}\\$[^$]{43}");
    assertThat(hasher.matches(Password.of(PHRASE), hash)).isTrue();
    assertThat(hasher.matches(Password.of(PHRASE + " "), hash)).isFalse();
    assertThat(hasher.isOutdated(hash)).isFalse();
    assertThat(hasher.hash(Password.of(PHRASE))).isNotEqualTo(hash);
  }

  @ParameterizedTest
  @MethodSource("knownAnswers")
  void hashesThatOthersMadeAreVerified(String password, String stored) {
    assertThat(matches(password, stored)).isTrue();
    assertThat(matches(password + "x", stored)).isFalse();
    assertThat(hasher.isOutdated(PasswordHash.of(stored))).isEqualTo(!stored.contains("2id$v=19"));
  }

  static Stream<Arguments> knownAnswers() {
    return Stream.of(
        // The tests of the Argon2 reference implementation.
        answer("password", ARGON2ID),
        answer("password", "{argon2}" + ARGON2ID),
        answer("password", "{argon2@SpringSecurity_v5_8}" + ARGON2ID),
        answer(
            "password",
            "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA"),
        answer(
            "password",
            "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ"),
        answer(
            "password",
            "$argon2i$v=16$m=256,t=2,p=2$c29tZXNhbHQ$tsEVYKap1h6scGt5ovl9aLRGOqOth+AMB+KwHpDFZPs"),
        // The tests of Openwall's crypt_blowfish.
        answer("U*U", BCRYPT),
        answer("U*U", "{bcrypt}" + BCRYPT),
        answer("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
        answer("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
        // libxcrypt.
        answer(
            "p\u00e4ssw\u00f6rd-\u03ba\u03c9\u03b4\u03b9\u03ba\u03cc\u03c2",
            "$2b$06$abcdefghijklmnopqrstuunpXLP0aa.U79Yv1JGc3Mux75s/vgCya"),
        answer(
            "p\u00e4ssw\u00f6rd-\u03ba\u03c9\u03b4\u03b9\u03ba\u03cc\u03c2",
            "$2y$06$abcdefghijklmnopqrstuunpXLP0aa.U79Yv1JGc3Mux75s/vgCya"),
        // The kind 2x is the others for ASCII, and Spring Security's BCrypt for the rest: that
        // answers the tests of Openwall's crypt_blowfish, which are no UTF-8.
        answer("U*U", BCRYPT.replace("$2a$", "$2x$")),
        answer(
            "gr\u00fcn-password", "$2x$05$/OK.fbVrR/bpIqNJ5ianF.ukD6yg0M00/Zm1JFwucpB2zH/q6rFKi"),
        // RFC 7914.
        answer("pleaseletmein", SCRYPT),
        answer("pleaseletmein", "{scrypt}" + SCRYPT),
        answer("pleaseletmein", "{scrypt@SpringSecurity_v5_8}" + SCRYPT),
        // OpenSSL, through Python's hashlib.
        answer(
            PHRASE,
            "{pbkdf2}01020304050607083c92d7e0b22dce3bd7fa9edb49cb148724a805254536b6bab4e96b5e6a6ef2"
                + "a6"),
        answer(
            PHRASE,
            "{pbkdf2@SpringSecurity_v5_8}101112131415161718191a1b1c1d1e1fc2914e8f411e0d145e78f9d1e4"
                + "bad9f81b0ccc82923b9018ed34608d7b512275"));
  }

  private static Arguments answer(String password, String hash) {
    return Arguments.of(password, hash);
  }

  @Test
  void hashesThatSpringEncodersMakeAreVerified() {
    Stream.of(
            new Argon2PasswordEncoder(16, 32, 4, 1 << 12, 3),
            Argon2PasswordEncoder.defaultsForSpringSecurity_v5_8(),
            new BCryptPasswordEncoder(4),
            new BCryptPasswordEncoder(BCryptPasswordEncoder.BCryptVersion.$2Y, 4),
            new SCryptPasswordEncoder(16384, 8, 1, 32, 64),
            SCryptPasswordEncoder.defaultsForSpringSecurity_v5_8())
        .forEach(
            encoder -> {
              String stored = encoder.encode(PHRASE);
              assertThat(matches(PHRASE, stored)).as(encoder.toString()).isTrue();
              assertThat(matches("another", stored)).isFalse();
              assertThat(hasher.isOutdated(PasswordHash.of(stored))).isTrue();
            });
  }

  /** As argon2-cffi and Go libraries write on machines with many cores. */
  @ParameterizedTest
  @CsvSource({"65536, 3, 8", "65536, 1, 16", "4096, 1, 255", "4096, 20, 1"})
  void argon2OfManyLanesOrPassesIsVerified(int memoryKib, int passes, int lanes) {
    String stored = new Argon2PasswordEncoder(16, 32, lanes, memoryKib, passes).encode(PHRASE);

    assertThat(matches(PHRASE, stored)).isTrue();
    assertThat(matches("another", stored)).isFalse();
  }

  @Test
  void aPasswordBeyondSeventyTwoBytesNeverMatchesByItsBeginning() {
    String seen = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    // crypt_blowfish: of the 72 bytes above, followed by "chars after 72 are ignored".
    String stored = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";

    assertThat(matches(seen, stored)).isTrue();
    assertThat(matches(seen + "chars after 72 are ignored", stored)).isFalse();
    assertThat(matches(seen + "x", stored)).isFalse();
    assertThat(matches(seen + "y".repeat(900), stored)).isFalse();
    assertThat(matches(seen.substring(0, 71), stored)).isFalse();
    // 36 letters of two bytes each are 72 bytes, 37 are not.
    String umlauts = new BCryptPasswordEncoder(4).encode("\u00e4".repeat(36));
    assertThat(matches("\u00e4".repeat(36), umlauts)).isTrue();
    assertThat(matches("\u00e4".repeat(37), umlauts)).isFalse();
  }

  @Test
  void aPasswordBeyondSeventyTwoBytesCostsBcryptTheSame() {
    AtomicInteger work = new AtomicInteger();
    BCryptPasswordEncoder real = new BCryptPasswordEncoder(4);
    StoredHash stored =
        new BcryptHash(
            real.encode(PHRASE),
            (password, encoded) -> {
              work.incrementAndGet();
              return real.matches(password, encoded);
            });

    assertThat(stored.matches("x".repeat(73))).isFalse();
    assertThat(work).hasValue(1);
    assertThat(stored.matches(PHRASE)).isTrue();
    assertThat(work).hasValue(2);
  }

  @ParameterizedTest
  @MethodSource("unusable")
  void anUnusableHashMatchesNothingAndCostsAnOrdinaryOne(String stored) {
    assertThat(ORDINARY).isGreaterThan(19_000_000);
    assertThat(allocated(stored)).isBetween(ORDINARY - 1_000_000, ORDINARY + 1_000_000);
    assertThat(matches("password", stored)).isFalse();
    assertThat(hasher.isOutdated(PasswordHash.of(stored))).isTrue();
  }

  static Stream<String> unusable() {
    String key = "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    String bcrypt = BCRYPT.substring(7);
    return Stream.of(
        "",
        " ",
        "null",
        "password",
        "{noop}password",
        "{MD5}5f4dcc3b5aa765d61d8327deb882cf99",
        "{}password",
        "{",
        "{bcrypt",
        "{bcrypt}",
        "{bcrypt}" + ARGON2ID,
        "{argon2}" + BCRYPT,
        "{ARGON2}" + ARGON2ID,
        "{argon2}{argon2}" + ARGON2ID,
        "$argon2id$",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aF",
        "$argon2id$v=19$m=65536,t=2,p=1$$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        ARGON2ID.substring(0, ARGON2ID.length() - 2) + "==",
        ARGON2ID.substring(0, ARGON2ID.length() - 2),
        ARGON2ID + "$",
        ARGON2ID + "\n",
        ARGON2ID.replace("argon2id", "argon2x"),
        ARGON2ID.replace("argon2id", "ARGON2ID"),
        "$argon2id$v=18$m=65536,t=2,p=1" + key,
        "$argon2id$v=19$m=4194304,t=2,p=1" + key,
        "$argon2id$v=19$m=262145,t=1,p=1" + key,
        "$argon2id$v=19$m=99999999999,t=1,p=1" + key,
        "$argon2id$v=19$m=65536,t=65,p=1" + key,
        "$argon2id$v=19$m=262144,t=17,p=1" + key,
        "$argon2id$v=19$m=8,t=524289,p=1" + key,
        "$argon2id$v=19$m=65536,t=2147483647,p=1" + key,
        "$argon2id$v=19$m=65536,t=1,p=8193" + key,
        "$argon2id$v=19$m=65536,t=9999999999,p=9999999999" + key,
        "$argon2id$v=19$m=31,t=1,p=4" + key,
        "$argon2id$v=19$m=0,t=1,p=1" + key,
        "$argon2id$v=19$m=65536,t=0,p=1" + key,
        "$argon2id$v=19$m=65536,t=1,p=0" + key,
        "$argon2id$v=19$m=-1,t=1,p=1" + key,
        "$argon2id$v=19$m=\u0661\u0662\u0663,t=1,p=1" + key,
        "$2a$31$" + bcrypt,
        "$2a$15$" + bcrypt,
        "$2a$32$" + bcrypt,
        "$2a$03$" + bcrypt,
        "$2a$00$" + bcrypt,
        "$2a$5$" + bcrypt,
        "$2c$05$" + bcrypt,
        "$2z$05$" + bcrypt,
        "$2$05$" + bcrypt,
        BCRYPT.substring(0, 59),
        BCRYPT + "A",
        BCRYPT.replace('C', '!'),
        SCRYPT.replace("$e0801$", "$1f0801$"),
        SCRYPT.replace("$e0801$", "$130801$"),
        SCRYPT.replace("$e0801$", "$ffffff$"),
        SCRYPT.replace("$e0801$", "$e0800$"),
        SCRYPT.replace("$e0801$", "$e0001$"),
        SCRYPT.replace("$e0801$", "$100101$"),
        SCRYPT.replace("$e0801$", "$0$"),
        SCRYPT.replace("$e0801$", "$-e0801$"),
        "$e0801$U29kaXVtQ2hsb3JpZGU=$",
        "$e0801$" + "A".repeat(13) + "$" + "A".repeat(44),
        "{pbkdf2}",
        "{pbkdf2}" + "0".repeat(79),
        "{pbkdf2}" + "0".repeat(96),
        "{pbkdf2}" + "g".repeat(80),
        "{pbkdf2@SpringSecurity_v5_8}" + "0".repeat(80),
        "$pbkdf2-sha256$i=2147483647$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "01020304050607083c92d7e0b22dce3bd7fa9edb49cb148724a805254536b6bab4e96b5e6a6ef2a6",
        "x".repeat(1024),
        "$".repeat(1024));
  }

  @ParameterizedTest
  @MethodSource("unusable")
  void anUnusableHashSaysWhyAndNothingOfItself(String stored) {
    UnreadableHash why = PasswordHash.of(stored).whyUnreadable().orElseThrow();

    assertThat(hasher.whyUnreadable(PasswordHash.of(stored))).contains(why);
    assertThat(why.detail()).isNotBlank().doesNotContain("password", "c29tZXNhbHQ", "5f4dcc3b");
    assertThat(why.cause() == UnreadableHash.Cause.EMPTY).isEqualTo(stored.isBlank());
  }

  @ParameterizedTest
  @MethodSource("knownAnswers")
  void aUsableHashHasNoReasonNotToBe(String password, String stored) {
    assertThat(PasswordHash.of(stored).whyUnreadable()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          5f4dcc3b5aa765d61d8327deb882cf99 | UNKNOWN_SCHEME | 32 hexadecimal digits, as of MD5, which is not read on purpose
          {MD5}5f4dcc3b5aa765d61d8327deb8  | UNKNOWN_SCHEME | {MD5}, which is not read on purpose
          {secret}xq7                      | UNKNOWN_SCHEME | what stands in braces is none of the encoders that are read
          $6$saltsalt$xq7                  | UNKNOWN_SCHEME | sha512-crypt, which is not read
          pbkdf2_sha256$600000$salt$xq7    | UNKNOWN_SCHEME | Django's PBKDF2, which is not read
          a password in clear              | UNKNOWN_SCHEME | the form of no scheme that is known
          $argon2id$v=19$m=1048576,t=4,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc | TOO_COSTLY | argon2 with m=1048576, t=4, p=1: the most memory is 262144 KiB
          $argon2id$v=19$m=65536,t=65,p=8$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc | TOO_COSTLY | argon2 with m=65536, t=65, p=8: the most memory times passes is 4194304
          $argon2id$v=19$m=64,t=1,p=16$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc | MALFORMED | argon2 with m=64, t=1, p=16: the memory must be at least 8 KiB a lane
          $2a$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW | TOO_COSTLY | bcrypt with the cost 15: the highest is 14
          $2a$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW | MALFORMED | bcrypt with the cost 3, which is not defined
          $130801$U29kaXVtQ2hsb3JpZGU=$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw== | TOO_COSTLY | scrypt with N=524288, r=8, p=1: the most N times r times p is 2097152
          {pbkdf2}00                       | MALFORMED      | pbkdf2: not 80 hexadecimal digits in lower case
          """)
  void theReasonNamesSchemeAndBound(String stored, UnreadableHash.Cause cause, String detail) {
    assertThat(PasswordHash.of(stored).whyUnreadable()).contains(new UnreadableHash(cause, detail));
  }

  @ParameterizedTest
  @CsvSource({
    "262144, 16, 1",
    "262144, 16, 4",
    "65536, 64, 8",
    "4096, 1024, 16",
    "65536, 3, 255",
    "65536, 1, 8192",
    "8, 524288, 1"
  })
  void costIsBoundedNotLanes(int memoryKib, int passes, int lanes) {
    String costs = "$m=" + memoryKib + ",t=" + passes + ",p=" + lanes;
    String stored =
        "$argon2id$v=19" + costs + "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

    assertThat(PasswordHash.of(stored).whyUnreadable()).isEmpty();
  }

  @Test
  void whatTheEncodersLogWouldBeHeardHere() {
    assertThat(new BCryptPasswordEncoder().matches("x", "not a hash")).isFalse();

    assertThat(heard.list).hasSize(1);
    heard.list.clear();
  }

  @Test
  void theLanguageOfTheMachineChangesNothing() {
    Locale before = Locale.getDefault();
    try {
      for (String language : new String[] {"tr", "ar-SA-u-nu-arab", "th-TH-u-nu-thai", "hi"}) {
        Locale.setDefault(Locale.forLanguageTag(language));
        PasswordHasher here = PasswordHasher.argon2id(47_104, 1, 1);
        PasswordHash hash = here.hash(Password.of("TITLE-title-\u0130\u0131"));

        assertThat(hash.reveal()).startsWith("$argon2id$v=19$m=47104,t=1,p=1$");
        assertThat(here.matches(Password.of("TITLE-title-\u0130\u0131"), hash)).isTrue();
        assertThat(here.matches(Password.of("TITLE-title-iI"), hash)).isFalse();
        assertThat(matches("U*U", BCRYPT)).isTrue();
        assertThat(matches("pleaseletmein", SCRYPT)).isTrue();
        assertThat(new SCryptPasswordEncoder(16, 8, 1, 32, 16).encode("x")).startsWith("$40801$");
      }
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void aHashIsOutdatedIfItIsWeakerThanNewOnesAreNotIfStronger() {
    PasswordHash present = PasswordHasher.argon2id(20_480, 2, 1).hash(Password.of(PHRASE));

    assertThat(hasher.isOutdated(present)).isFalse();
    assertThat(PasswordHasher.argon2id(20_481, 2, 1).isOutdated(present)).isTrue();
    assertThat(PasswordHasher.argon2id(20_480, 3, 1).isOutdated(present)).isTrue();
    assertThat(hasher.isOutdated(PasswordHash.of(present.reveal().replace("2id$", "2i$"))))
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "262145,1,1,memoryKib with passes 1 must be 47104 to 262144: 262145",
    "262145,16,1,memoryKib with passes 16 must be 12288 to 262144: 262145",
    "19456,0,1,passes",
    "19456,17,1,passes",
    "19456,2,0,lanes",
    "19456,2,5,lanes"
  })
  void costsOutOfRangeAreRefused(int memoryKib, int passes, int lanes, String rule) {
    assertThatThrownBy(() -> PasswordHasher.argon2id(memoryKib, passes, lanes))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(rule);
  }

  @ParameterizedTest
  @CsvSource({"47104,1", "19456,2", "12288,3", "12288,4", "12288,16"})
  void theFloorOfMemoryDependsOnThePasses(int least, int passes) {
    assertThatCode(() -> PasswordHasher.argon2id(least, passes, 1)).doesNotThrowAnyException();
    assertThatThrownBy(() -> PasswordHasher.argon2id(least - 1, passes, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("memoryKib with passes %d must be %d to 262144: %d", passes, least, least - 1);
  }

  private boolean matches(String password, String stored) {
    return hasher.matches(Password.of(password), PasswordHash.of(stored));
  }

  /** What one comparison allocates: Argon2's memory, so a measure of work that is not time. */
  private static long allocated(String stored) {
    PasswordHasher fresh = PasswordHasher.standard();
    Password password = Password.of("x".repeat(100));
    PasswordHash hash = PasswordHash.of(stored);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    assertThat(fresh.matches(password, hash)).isFalse();
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }
}
