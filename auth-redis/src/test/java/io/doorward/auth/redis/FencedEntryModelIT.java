package io.doorward.auth.redis;

import static io.doorward.auth.redis.Scripts.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.redis.client.TestRedis;
import io.doorward.auth.redis.consistency.FencedEntryModel;
import io.doorward.auth.redis.consistency.FencedEntryModel.Answer;
import io.doorward.auth.redis.consistency.FencedEntryModel.EntryMode;
import io.doorward.auth.redis.consistency.Protection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
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
  private static final String NO_NONCE = ".".repeat(22);
  private static final String ELSEWHERE = "e".repeat(40);
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
          case 4, 5, 6, 7 -> pair.fill(pair.anyTicket(random), random.nextInt(1, 6));
          case 8, 9 -> pair.fence(random.nextInt(6));
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

  private static void haveMemory(boolean some) {
    try (Jedis admin = TestRedis.shared().admin()) {
      admin.configSet("maxmemory", some ? "0" : "1");
    }
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
    private String stamp = ELSEWHERE;
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
      this.stamp = text(run(RedisScript.ENTRY_FENCE, bytes(FencedEntries.fixed(0)), TTL));
      flush();
    }

    void lookup(EntryMode mode) {
      int nonce = ++lastNonce;
      List<?> answer =
          (List<?>)
              run(
                  RedisScript.ENTRY_LOOKUP,
                  bytes(nonceText(nonce)),
                  TTL,
                  bytes(mode.name().toLowerCase(Locale.ROOT)));
      Answer<String> expected = model.lookup(HERE, nonce, mode, ALL);
      if (full && !expected.isHit()) {
        assertThat(text(answer.get(0))).isEqualTo("miss");
        assertThat(text(answer.get(1))).as("fills nothing").isEqualTo(NO_NONCE);
        return;
      }
      model = expected.after();
      if (expected.isHit()) {
        hits++;
        assertThat(text(answer.get(0))).isEqualTo("hit");
        assertThat(text(answer.get(1))).isEqualTo(FencedEntries.fixed(expected.version()));
        assertThat(text(answer.get(2))).isEqualTo(expected.payload());
      } else {
        assertThat(text(answer.get(0))).isEqualTo("miss");
        assertThat(text(answer.get(1))).isEqualTo(nonceText(expected.nonce()));
        assertThat(text(answer.get(2))).isEqualTo(stamp);
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
              bytes(ticket.stamp() == HERE ? stamp : ELSEWHERE),
              bytes(nonceText(ticket.nonce())),
              bytes(FencedEntries.fixed(version)),
              bytes(payload),
              TTL);
      FencedEntryModel<String> after =
          full ? null : model.fill(HERE, ticket.stamp(), ticket.nonce(), version, payload, ALL);
      long refusedBy = model.refusedBy(HERE, ticket.stamp(), ticket.nonce(), version);
      if (refusedBy > 0) {
        assertThat(text(stored)).isEqualTo(FencedEntries.fixed(refusedBy));
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
      run(RedisScript.ENTRY_FENCE, bytes(FencedEntries.fixed(floor)), TTL);
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
      System.arraycopy(bytes(ELSEWHERE), 0, value, 1, ELSEWHERE.length());
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
      String all = new String(value, StandardCharsets.ISO_8859_1);
      long version = Long.parseLong(all.substring(82, 101));
      String nonce = all.substring(41, 63);
      return new FencedEntryModel<>(
          all.substring(1, 41).equals(stamp) ? HERE : 2,
          nonce.equals(NO_NONCE) ? 0 : Integer.parseInt(nonce.substring(1)),
          Long.parseLong(all.substring(63, 82)),
          version,
          version == 0 ? null : all.substring(101));
    }

    private Object run(RedisScript script, byte[]... args) {
      List<byte[]> all = new ArrayList<>(List.of(args));
      all.add(BELIEVE_ALL);
      return client.eval(script.source(), List.of(bytes(key)), all);
    }

    private static String nonceText(int nonce) {
      return nonce == 0 ? NO_NONCE : String.format(Locale.ROOT, "n%021d", nonce);
    }
  }
}
