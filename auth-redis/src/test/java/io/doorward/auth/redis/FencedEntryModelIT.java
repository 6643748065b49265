package io.doorward.auth.redis;

import static io.doorward.auth.redis.Scripts.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.redis.client.TestRedis;
import io.doorward.auth.redis.consistency.FencedEntryModel;
import io.doorward.auth.redis.consistency.FencedEntryModel.Answer;
import io.doorward.auth.redis.consistency.FencedEntryModel.EntryMode;
import io.doorward.auth.redis.consistency.Protection;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.UnifiedJedis;

/**
 * Holds the model of a fenced entry against the scripts: the same random steps on both, the same
 * answers from both, and the same lies under the key afterwards, also while the server has no
 * memory left. So what is explored in the model is what runs in Redis.
 */
class FencedEntryModelIT {
  private static final int STEPS = 3_000;
  private static final Set<Protection> ALL = EnumSet.allOf(Protection.class);
  private static final String NO_NONCE = nonceText(0);
  private static final byte[] ELSEWHERE = stampBytes("e".repeat(32));

  /** Their order is lost by doubles, by signed bytes, by half of their bits, or by texts. */
  private static final long[] VERSIONS = {
    1,
    0x7f,
    0x80,
    0x00ff_0000L,
    0xffff_ffffL,
    1L << 32,
    (1L << 53) + 1,
    (1L << 53) + 2,
    0x4100_0000_0000_0000L,
    0x6100_0000_0000_0000L,
    Long.MAX_VALUE - 1,
    Long.MAX_VALUE
  };

  private static final byte[] TTL = bytes("60000");
  private static final byte[] BELIEVE_ALL = {};

  /** In the model this server is 1, and any other one is 2. */
  private static final int HERE = 1;

  private record Ticket(int stamp, int nonce) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void scriptsAndModelAnswerAlikeAndLeaveTheSame(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    try (UnifiedJedis client = TestRedis.shared().client()) {
      Pair pair = new Pair(client, "model-" + seed + ":{a}:credential");
      for (int step = 0; step < STEPS; step++) {
        switch (random.nextInt(13)) {
          case 0, 1 -> pair.lookup(EntryMode.SERVE);
          case 2 -> pair.lookup(EntryMode.KEEP);
          case 3 -> pair.lookup(EntryMode.DROP);
          case 4, 5, 6, 7 -> pair.fill(pair.anyTicket(random), anyVersion(random));
          case 8, 9 -> pair.fence(random.nextInt(6) == 0 ? 0 : anyVersion(random));
          case 10 -> pair.flush();
          case 11 -> pair.haveMemory(pair.full);
          default -> pair.storedElsewhere();
        }
        assertThat(pair.stored()).as("seed %d, step %d", seed, step).isEqualTo(pair.model);
      }
      assertThat(pair.hits).isPositive();
      assertThat(pair.filled).isPositive();
      assertThat(pair.refused).isPositive();
      assertThat(pair.deleted).isPositive();
    } finally {
      haveMemory(true);
    }
  }

  private static long anyVersion(SplittableRandom random) {
    return VERSIONS[random.nextInt(VERSIONS.length)];
  }

  private static byte[] stampBytes(String hex) {
    return HexFormat.of().parseHex(hex.substring(0, 32));
  }

  private static void haveMemory(boolean some) {
    try (Jedis admin = TestRedis.shared().admin()) {
      admin.configSet("maxmemory", some ? "0" : "1");
    }
  }

  private static String nonceText(int nonce) {
    return String.format(Locale.ROOT, "%032x", nonce);
  }

  private static byte[] nonceBytes(int nonce) {
    return HexFormat.of().parseHex(nonceText(nonce));
  }

  private static String text(Object reply) {
    return Reply.of(reply).text();
  }

  /** One key in Redis and its model. */
  private static final class Pair {
    private final UnifiedJedis client;
    private final String key;
    private final List<Ticket> tickets = new ArrayList<>(List.of(new Ticket(HERE, 0)));
    private FencedEntryModel<String> model = FencedEntryModel.absent();
    private final byte[] stamp;
    private int lastNonce;
    private int lastPayload;
    private int hits;
    private int filled;
    private int refused;
    private int deleted;
    private boolean full;

    Pair(UnifiedJedis client, String key) {
      this.client = client;
      this.key = key;
      this.stamp = stampBytes(text(run(RedisScript.ENTRY_FENCE, FencedEntries.wide(0), TTL)));
      flush();
    }

    void lookup(EntryMode mode) {
      int nonce = ++lastNonce;
      List<?> answer =
          (List<?>)
              run(
                  RedisScript.ENTRY_LOOKUP,
                  nonceBytes(nonce),
                  TTL,
                  bytes(mode.name().toLowerCase(Locale.ROOT)));
      Answer<String> expected = model.lookup(HERE, nonce, mode, ALL);
      if (full && !expected.isHit()) {
        assertThat(text(answer.get(0))).isEqualTo("miss");
        assertThat(Reply.of(answer.get(1)).hex()).as("fills nothing").isEqualTo(NO_NONCE);
        return;
      }
      model = expected.after();
      if (expected.isHit()) {
        hits++;
        assertThat(text(answer.get(0))).isEqualTo("hit");
        assertThat(Reply.of(answer.get(1)).wide()).isEqualTo(expected.version());
        assertThat(text(answer.get(2))).isEqualTo(expected.payload());
      } else {
        assertThat(text(answer.get(0))).isEqualTo("miss");
        assertThat(Reply.of(answer.get(1)).hex()).isEqualTo(nonceText(expected.nonce()));
        assertThat(answer.get(2)).isEqualTo(stamp);
        tickets.add(new Ticket(HERE, expected.nonce()));
      }
    }

    Ticket anyTicket(SplittableRandom random) {
      int newest = tickets.size() - 1;
      Ticket ticket = tickets.get(Math.max(0, newest - random.nextInt(4)));
      return random.nextInt(8) == 0 ? new Ticket(2, ticket.nonce()) : ticket;
    }

    void fill(Ticket ticket, long version) {
      String payload = "payload " + ++lastPayload;
      Object stored =
          run(
              RedisScript.ENTRY_FILL,
              ticket.stamp() == HERE ? stamp : ELSEWHERE,
              nonceBytes(ticket.nonce()),
              FencedEntries.wide(version),
              bytes(payload),
              TTL);
      FencedEntryModel<String> after =
          full ? null : model.fill(HERE, ticket.stamp(), ticket.nonce(), version, payload, ALL);
      long refusedBy = model.refusedBy(HERE, ticket.stamp(), ticket.nonce(), version);
      if (refusedBy > 0) {
        assertThat(Reply.of(stored).wide()).isEqualTo(refusedBy);
      } else {
        assertThat(stored).isEqualTo(after == null ? 0L : 1L);
      }
      if (after == null) {
        refused++;
      } else {
        filled++;
        model = after;
      }
    }

    void fence(long floor) {
      run(RedisScript.ENTRY_FENCE, FencedEntries.wide(floor), TTL);
      if (full) {
        deleted++;
      }
      model = full ? FencedEntryModel.absent() : model.fence(HERE, floor, ALL);
    }

    void flush() {
      client.del(key);
      model = FencedEntryModel.absent();
    }

    void haveMemory(boolean some) {
      FencedEntryModelIT.haveMemory(some);
      full = !some;
    }

    /** What lies there is from another server, as after a restart from a dump. */
    void storedElsewhere() {
      byte[] value = client.get(bytes(key));
      if (value == null || full) {
        return;
      }
      System.arraycopy(ELSEWHERE, 0, value, 1, ELSEWHERE.length);
      client.set(bytes(key), value);
      model =
          new FencedEntryModel<>(2, model.nonce(), model.floor(), model.version(), model.payload());
    }

    /** Reads what lies under the key as the model writes it. */
    FencedEntryModel<String> stored() {
      byte[] value = client.get(bytes(key));
      if (value == null) {
        return FencedEntryModel.absent();
      }
      ByteBuffer in = ByteBuffer.wrap(value);
      assertThat(in.get()).isEqualTo((byte) '2');
      byte[] stored = new byte[stamp.length];
      in.get(stored);
      assertThat(in.getLong()).as("nonces of this test are small").isZero();
      int nonce = Math.toIntExact(in.getLong());
      long floor = in.getLong();
      long version = in.getLong();
      String payload = StandardCharsets.UTF_8.decode(in).toString();
      int server = Arrays.equals(stored, stamp) ? HERE : 2;
      return new FencedEntryModel<>(server, nonce, floor, version, version == 0 ? null : payload);
    }

    private Object run(RedisScript script, byte[]... args) {
      List<byte[]> all = new ArrayList<>(List.of(args));
      all.add(BELIEVE_ALL);
      return client.eval(script.source(), List.of(bytes(key)), all);
    }
  }
}
