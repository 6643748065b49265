package io.doorward.auth.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.account.CredentialVersion;
import io.doorward.auth.account.Epoch;
import io.doorward.auth.account.UserRecord;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.session.Session;
import io.doorward.auth.session.SessionKind;
import io.doorward.auth.session.TokenStore.LiveSession;
import io.doorward.auth.testkit.TestSecrets;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.params.SetParams;

/**
 * What a released version keeps in Redis, byte for byte, in a file. During a rolling upgrade the
 * next version meets these bytes.
 *
 * <p>The file is written by the production code with keys that anybody can derive, at a fixed time
 * and without jitter; what has no order has one member. Once a version is out, its file stays as it
 * is. A change of a format records a file of its own, with the next number in {@link #FILE}, beside
 * the earlier one:
 *
 * <pre>
 * mvn -pl auth-redis -am verify -Dtest=NoUnitTest -Dit.test=StoredFormatsIT \
 *     -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false \
 *     -Ddoorward.storedFormats.record=true
 * </pre>
 */
final class StoredFormats {
  static final String NAMESPACE = "stored-formats";
  static final AccountId ADA = new AccountId("ada-account");
  static final AccountId BOB = new AccountId("bob-account");
  private static final Epoch EPOCH = new Epoch(5, "tag-of-an-epoch");
  private static final Epoch KEY_EPOCH = new Epoch(4, "tag-of-an-epoch-of-keys");
  static final LoginId LOGIN = LoginId.email("ada@example.org");

  private static final String FILE = "stored-formats-4.txt";
  private static final Path SOURCE =
      Path.of("src", "test", "resources", "io", "doorward", "auth", "redis", FILE);
  private static final boolean RECORD = Boolean.getBoolean("doorward.storedFormats.record");

  /** Every life as short as jitter can make it. */
  private static final RandomGenerator NO_JITTER = () -> 0;

  /** Where the floor of an entry begins: frame, stamp and nonce come before. */
  private static final int AFTER_NONCE = 33;

  /** Floor and version follow. */
  private static final int ENTRY_HEAD = AFTER_NONCE + 16;

  /** Frame and idle end. */
  private static final int SESSION_HEAD = 9;

  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final KeyRing keys = KeyRing.ofSecret("stored", secret());
  private final InstantSource clock;

  /** Values that were written when such a clock showed its first moment. */
  StoredFormats(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * One key of Redis.
   *
   * @param kind {@code entry}: a string that begins with its format and the stamp of its server;
   *     {@code string}: any other; {@code index}: a sorted set of one member
   * @param key its name
   * @param ttl whole minutes
   * @param value the bytes, or score and member, in base64
   */
  record Stored(String kind, String key, Duration ttl, String value) {
    byte[] bytes() {
      return Base64.getDecoder().decode(value);
    }

    /** Returns where the number of the sealed format stands. */
    int at() {
      return kind.equals("entry") ? ENTRY_HEAD : SESSION_HEAD;
    }

    int number() {
      return bytes()[at()];
    }

    /** Returns how many bytes stand in front of what is sealed. */
    int head() {
      return at() + 2 + bytes()[at() + 1];
    }

    /** Returns the place that it is sealed for, in this format. */
    String[] place(int number) {
      String clear = new String(bytes(), at() + 2, head() - at() - 2, StandardCharsets.ISO_8859_1);
      return new String[] {NAMESPACE, key, name() + " " + number, clear};
    }

    private String name() {
      if (key.endsWith(":credential")) {
        return "entry";
      }
      if (key.endsWith(":user")) {
        return "user record";
      }
      return key.contains(":view:") ? "session in view" : "session";
    }
  }

  /** Returns what is sealed in a value. */
  byte[] open(Stored stored) {
    byte[] value = stored.bytes();
    byte[] sealed = Arrays.copyOfRange(value, stored.head(), value.length);
    return keys.sealer().open(sealed, stored.place(stored.number())).orElseThrow();
  }

  /** Returns a value's head with something else sealed behind it, in the format of this number. */
  byte[] seal(Stored stored, byte[] plain, int number) {
    byte[] sealed = keys.sealer().seal(plain, stored.place(number));
    byte[] value = Arrays.copyOf(stored.bytes(), stored.head() + sealed.length);
    value[stored.at()] = (byte) number;
    System.arraycopy(sealed, 0, value, stored.head(), sealed.length);
    return value;
  }

  /** Returns everything that does not depend on chance or on the server, opened. */
  String content(Stored stored) {
    String head = String.join(" ", stored.kind, stored.key, stored.ttl.toString());
    if (stored.kind.equals("index")) {
      return head + " " + new String(stored.bytes(), StandardCharsets.UTF_8);
    }
    HexFormat hex = HexFormat.of();
    String clear = hex.formatHex(stored.bytes(), 0, stored.head());
    if (stored.kind.equals("entry")) {
      clear = clear.substring(0, 2) + clear.substring(2 * AFTER_NONCE);
    }
    return String.join(" ", head, clear, hex.formatHex(open(stored)));
  }

  KeyRing keys() {
    return keys;
  }

  private static byte[] secret() {
    byte[] secret = derived("secret");
    TestSecrets.record(HexFormat.of().formatHex(secret));
    return secret;
  }

  private static byte[] derived(String purpose) {
    return digest("SHA-256", "Doorward, stored formats: " + purpose);
  }

  private static byte[] digest(String algorithm, String text) {
    try {
      return MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  Credential credential() {
    Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
    String hash =
        "$argon2id$v=19$m=19456,t=2,p=1$"
            + base64.encodeToString(derived("salt"))
            + "$"
            + base64.encodeToString(derived("hash"));
    return new Credential(
        ADA,
        LOGIN,
        AccountStatus.ACTIVE,
        PasswordHash.of(TestSecrets.record(hash)),
        new CredentialVersion((1L << 53) + 1, "tag-of-a-credential"),
        EPOCH,
        false,
        Set.of("totp"));
  }

  UserRecord user(AccountId account) {
    return new UserRecord(account, Set.of("reader"), 7, "tag-of-a-record", EPOCH, KEY_EPOCH);
  }

  Session session(AccountId account) {
    Instant start = written();
    return Session.builder(
            account,
            SessionKind.COOKIE,
            EPOCH,
            start,
            start.plus(Duration.ofHours(12)),
            Duration.ofMinutes(30))
        .id(new SessionId("session-of-" + account.value()))
        .rotation(1, start.plusSeconds(3), Optional.of("key-of-a-refresh-token"))
        .authTime(start.minusSeconds(2))
        .lastUsedAt(start.plusSeconds(4))
        .amr(Set.of("pwd"))
        .scopes(Set.of("read"))
        .device(Optional.of("Firefox on Linux"))
        .attributes(Map.of("tenant", "blue"))
        .build();
  }

  private static Instant written() {
    return new TestClock().instant();
  }

  RedisCredentialCache cache(UnifiedJedis client, AuthListener listener) {
    return stores(client, listener).credentialCache().build();
  }

  RedisTokenStore sessions(UnifiedJedis client, MemoryProfiles profiles, AuthListener listener) {
    return stores(client, listener).tokenStore(profiles).build();
  }

  RedisSessionView view(UnifiedJedis client, AuthListener listener) {
    return stores(client, listener).sessionView().build();
  }

  private RedisStores stores(UnifiedJedis client, AuthListener listener) {
    return RedisStores.builder(client, keys)
        .namespace(NAMESPACE)
        .clock(clock)
        .random(NO_JITTER)
        .listener(listener)
        .build();
  }

  /** Returns what was recorded; records it first where that is asked for. */
  List<Stored> recorded(UnifiedJedis client, Jedis admin) {
    try {
      if (RECORD) {
        Files.createDirectories(SOURCE.getParent());
        Files.write(SOURCE, written(client, admin).stream().map(StoredFormats::line).toList());
        return Files.readAllLines(SOURCE).stream().map(StoredFormats::parsed).toList();
      }
      return read(FILE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Returns what a version before the last change of a format kept, from the file of that number.
   */
  static List<Stored> earlier(int number) throws IOException {
    return read("stored-formats-" + number + ".txt");
  }

  private static List<Stored> read(String file) throws IOException {
    try (InputStream in = StoredFormats.class.getResourceAsStream(file)) {
      assertThat(in).as(file).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .map(StoredFormats::parsed)
          .toList();
    }
  }

  /** Has this version write everything that the file holds, and reads it back. */
  List<Stored> written(UnifiedJedis client, Jedis admin) {
    forget(admin);
    Deadline deadline = Deadline.after(Duration.ofSeconds(30));
    AuthListener nobody = AuthListener.none();
    RedisCredentialCache cache = cache(client, nobody);
    Lookup.Miss miss = (Lookup.Miss) cache.lookup(LOGIN, deadline);
    assertThat(cache.fill(miss.ticket(), credential(), written(), deadline)).isTrue();
    MemoryProfiles profiles = new MemoryProfiles();
    profiles.put(user(ADA));
    assertThat(sessions(client, profiles, nobody).create(session(ADA), deadline)).isPresent();
    RedisSessionView view = view(client, nobody);
    Session bobs = session(BOB);
    LiveSession live = new LiveSession(bobs, user(BOB), bobs.idleTimeout());
    assertThat(view.fill(view.ticket(BOB, bobs.id(), deadline), live, written(), deadline))
        .isTrue();
    return names(admin).stream().map(key -> read(admin, key)).toList();
  }

  private static List<String> names(Jedis admin) {
    return admin.keys(NAMESPACE + ":*").stream().sorted().toList();
  }

  static void forget(Jedis admin) {
    names(admin).forEach(admin::del);
  }

  private static Stored read(Jedis admin, String key) {
    Duration ttl = MINUTE.multipliedBy((admin.pttl(key) + 59_999) / 60_000);
    if (admin.type(key).equals("zset")) {
      String member = admin.zrange(key, 0, -1).get(0);
      String value = admin.zscore(key, member).longValue() + " " + member;
      return new Stored("index", key, ttl, base64(value.getBytes(StandardCharsets.UTF_8)));
    }
    boolean entry = key.endsWith(":user") || key.endsWith(":credential");
    byte[] value = admin.get(key.getBytes(StandardCharsets.UTF_8));
    return new Stored(entry ? "entry" : "string", key, ttl, base64(value));
  }

  private static String base64(byte[] value) {
    return Base64.getEncoder().encodeToString(value);
  }

  private static String line(Stored stored) {
    return String.join(" ", stored.kind, stored.key, stored.ttl.toString(), stored.value);
  }

  private static Stored parsed(String line) {
    String[] parts = line.split(" ", -1);
    return new Stored(parts[0], parts[1], Duration.parse(parts[2]), parts[3]);
  }

  /** Puts values into Redis as if the server that runs there had stored them. */
  static void load(List<Stored> all, Jedis admin) {
    forget(admin);
    for (Stored stored : all) {
      byte[] key = stored.key.getBytes(StandardCharsets.UTF_8);
      byte[] value = stored.bytes();
      if (stored.kind.equals("index")) {
        String[] scored = new String(value, StandardCharsets.UTF_8).split(" ", 2);
        admin.zadd(stored.key, Double.parseDouble(scored[0]), scored[1]);
        admin.pexpire(stored.key, stored.ttl.toMillis());
      } else {
        if (stored.kind.equals("entry")) {
          byte[] stamp = stamp(admin, value[0]);
          System.arraycopy(stamp, 0, value, 1, stamp.length);
        }
        admin.set(key, value, SetParams.setParams().px(stored.ttl.toMillis()));
      }
    }
  }

  /** Tells the server's identity as the scripts of this frame do: the first had it in hex. */
  private static byte[] stamp(Jedis admin, byte frame) {
    String run = admin.info("server").replaceAll("(?s).*run_id:(\\w+).*", "$1");
    String history = admin.info("replication").replaceAll("(?s).*master_replid:(\\w+).*", "$1");
    byte[] digest = digest("SHA-1", run + ":" + history);
    return frame == '1'
        ? HexFormat.of().formatHex(digest).getBytes(StandardCharsets.US_ASCII)
        : Arrays.copyOf(digest, 16);
  }

  /** Returns the value of a key of this name's end with another one in its place. */
  static List<Stored> with(List<Stored> all, String suffix, byte[] value) {
    List<Stored> changed = new ArrayList<>();
    for (Stored stored : all) {
      changed.add(
          stored.key.endsWith(suffix)
              ? new Stored(stored.kind, stored.key, stored.ttl, base64(value))
              : stored);
    }
    return changed;
  }
}
