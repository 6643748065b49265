package io.doorward.auth.redis;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.Jedis;

/** A value that an intruder made as long as Redis lets them, to keep everybody busy. */
final class LongValue {
  private static final int BYTES = 32 * 1024 * 1024;

  private LongValue() {}

  /** Returns a value that begins like one of ours. */
  static byte[] from(byte[] genuine) {
    return Arrays.copyOf(genuine, BYTES);
  }

  /**
   * Returns a member of a sorted set that is far too long to be an id of ours. It is not as long as
   * can be: Redis copies it before anything is known of it, which may take longer than a command.
   */
  static byte[] id(byte[] begin) {
    return Arrays.copyOf(begin, BYTES / 32);
  }

  /** What a server has sent to its callers, in bytes. */
  record Traffic(Jedis server, long before) {
    private static final Pattern SENT = Pattern.compile("total_net_output_bytes:(\\d+)");

    static Traffic of(Jedis server) {
      return new Traffic(server, sent(server));
    }

    long sent() {
      return sent(server) - before;
    }

    private static long sent(Jedis server) {
      Matcher matcher = SENT.matcher(server.info("stats"));
      if (!matcher.find()) {
        throw new IllegalStateException("INFO stats has no total_net_output_bytes");
      }
      return Long.parseLong(matcher.group(1));
    }
  }
}
