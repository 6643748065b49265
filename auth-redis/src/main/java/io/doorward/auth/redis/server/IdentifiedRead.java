package io.doorward.auth.redis.server;

import io.doorward.auth.guard.SuppressForbidden;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Builder;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.CommandObject;
import redis.clients.jedis.Protocol.Command;

/**
 * A question of a store: the strings under some keys of one slot, and which server answered. The
 * bounded client answers it by plain commands over one connection, in a trip that concurrent
 * callers share. It is a command because nothing else finds its way through {@code UnifiedJedis}.
 * Immutable and thread-safe.
 *
 * <p>The server at the other end of a connection is asked for its identity in the same trip where
 * the connection does not know it, or has not asked for so long. How old the identity may be when
 * the answer is used is the store's to decide.
 */
public final class IdentifiedRead extends CommandObject<IdentifiedRead.Answer> {
  /** No more of a value is read. One that is longer counts as unknown. */
  public static final int LONGEST = 16 * 1024;

  /** Never sent: the client asks for the keys. */
  private static final CommandArguments COMMAND = new CommandArguments(Command.GETRANGE);

  private static final Builder<Answer> ANSWER =
      new Builder<>() {
        @Override
        public Answer build(Object made) {
          return (Answer) made;
        }
      };

  private final List<byte[]> keys;
  private final long askAgainNanos;
  private final Trip trip;

  /**
   * Makes a question.
   *
   * @param keys all in one slot; not copied
   * @param askAgainNanos the age from which an identity is asked for again
   * @param trip how a trip that this caller makes for all is counted
   */
  public IdentifiedRead(List<byte[]> keys, long askAgainNanos, Trip trip) {
    super(COMMAND, ANSWER);
    this.keys = keys;
    this.askAgainNanos = askAgainNanos;
    this.trip = trip;
  }

  /** Makes one trip as one call to the server, whatever the number of callers that share it. */
  @FunctionalInterface
  public interface Trip {
    /**
     * Runs the exchange, or not at all.
     *
     * @param exchange asks the server
     * @param <T> what it returns
     * @return what {@code exchange} returned
     */
    <T> T asOneCall(Supplier<T> exchange);
  }

  /**
   * Returns the keys in the order of the answer.
   *
   * @return not copied
   */
  public List<byte[]> keys() {
    return keys;
  }

  /**
   * Returns the age from which an identity is asked for again.
   *
   * @return nanoseconds
   */
  public long askAgainNanos() {
    return askAgainNanos;
  }

  /**
   * Returns how a trip is counted.
   *
   * @return the caller's
   */
  public Trip trip() {
    return trip;
  }

  /**
   * What the server said.
   *
   * @param identity names the server, see {@link #identity(String, String)}; null if it did not say
   *     that it is a primary
   * @param askedAt the moment before it was asked for its identity, {@link System#nanoTime}
   * @param values as they came, one for each key
   */
  public record Answer(@Nullable String identity, long askedAt, List<?> values) {
    private static final Answer UNKNOWN = new Answer(null, 0, List.of());

    /**
     * Returns the answer where no server was asked.
     *
     * @return says of no key what lies there
     */
    public static Answer unknown() {
      return UNKNOWN;
    }

    /**
     * Returns what lies under a key.
     *
     * @param index of the key
     * @return empty if there is nothing, or nothing that a plain read can tell: no string, too long
     *     a string, or one that lies on another node
     */
    public Optional<byte[]> at(int index) {
      return index < values.size()
              && values.get(index) instanceof byte[] value
              && value.length > 0
              && value.length <= LONGEST
          ? Optional.of(value)
          : Optional.empty();
    }
  }

  /**
   * Names a server in its time as a primary, as {@code identity.lua} does.
   *
   * @param replication the answer to INFO replication
   * @param server the answer to INFO server
   * @return 40 hexadecimal digits; null if it is no primary or shows no ids
   */
  public static @Nullable String identity(String replication, String server) {
    String run = value(server, "run_id:");
    String history = value(replication, "master_replid:");
    return value(replication, "role:").equals("master") && !run.isEmpty() && !history.isEmpty()
        ? sha1Hex((run + ':' + history).getBytes(StandardCharsets.UTF_8))
        : null;
  }

  /** Returns what follows a name to the end of its line; empty if there is no such line. */
  private static String value(String info, String name) {
    int at = info.startsWith(name) ? 0 : info.indexOf('\n' + name) + 1;
    if (at == 0 && !info.startsWith(name)) {
      return "";
    }
    int end = info.indexOf('\r', at);
    return info.substring(at + name.length(), end < 0 ? info.length() : end);
  }

  /**
   * Returns a SHA-1 digest: the name of a script in Redis, and in scripts that of a server.
   * Nothing's security rests on it.
   *
   * @param bytes what to digest
   * @return 40 hexadecimal digits
   */
  @SuppressForbidden("SHA-1, which EVALSHA asks for")
  public static String sha1Hex(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-1 must be available", e);
    }
  }
}
