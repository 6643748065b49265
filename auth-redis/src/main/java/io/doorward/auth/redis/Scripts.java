package io.doorward.auth.redis;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.PrimaryRegistry.Primary;
import io.doorward.auth.backend.Backend;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.redis.client.BoundedRedisClient;
import io.doorward.auth.redis.server.IdentifiedRead;
import io.doorward.auth.redis.server.RedisFailures;
import java.io.Serial;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/**
 * Runs the scripts of one store, so that a store only says which script, which keys, and what the
 * reply means. The rest is the same for all and stands here: the call ends at its deadline where
 * the client can keep one, goes through the breaker of the server, is sent by digest first, counts
 * only from a primary that may be believed, and every failure becomes a {@link StoreException}.
 * Thread-safe.
 */
final class Scripts {
  /** Tells a script to answer whatever primary it runs on. */
  private static final byte[] ANY_PRIMARY = {};

  /** How a server with slots begins its answer to keys of several; it has done nothing then. */
  private static final String SLOTS_DIFFER = "CROSSSLOT ";

  /** How long a server is taken for what it said it was, where no guard says otherwise. */
  static final Duration BELIEVED_FOR = Duration.ofSeconds(1);

  private final UnifiedJedis client;
  private final Backend server;
  private final String store;
  private final @Nullable PrimaryGuard primaries;

  /** A server has the same stamp for as long as it is the primary, so it is not decoded again. */
  private volatile PlainAnswer.Stamp lastStamp = PlainAnswer.Stamp.NONE;

  /**
   * Takes a client, which stays the caller's to close.
   *
   * @param server the server behind the client
   * @param store the store's name, for messages
   * @param primaries decides which primaries may be believed; null if all may
   */
  Scripts(UnifiedJedis client, Backend server, String store, @Nullable PrimaryGuard primaries) {
    this.client = requireNonNull(client, "client");
    this.server = requireNonNull(server, "server");
    this.store = store;
    this.primaries = primaries;
  }

  Backend server() {
    return server;
  }

  /** Begins a call of a script. */
  Call call(RedisScript script) {
    return new Call(script);
  }

  /** Asks any one server for a sign of life, as the pool does where a connection was idle. */
  void ping(Deadline deadline, String step) {
    String unused = ask(deadline, step, left -> within(left, step, client::ping));
  }

  /**
   * Reads two strings by plain commands, in a trip that callers share. They cost a third of a
   * script. They are believed if the server was asked for its identity less than {@link
   * #BELIEVED_FOR} ago, or less than a guard's {@code confirmWithin}, counted from before it was
   * asked to now, when the answer is about to be used.
   *
   * @param one name of a key
   * @param other name of a key in the same slot
   * @return empty where a script has to find out more: of a server that is not known for certain,
   *     that is no primary or not the present one, and where the client cannot do it
   * @throws StoreException if the server does not answer
   */
  Optional<PlainAnswer> read(Deadline deadline, String step, String one, String other) {
    PrimaryGuard guard = primaries;
    if (!(client instanceof BoundedRedisClient bounded)
        || (guard == null && bounded.mayFailOver())) {
      return Optional.empty();
    }
    long believedFor = (guard == null ? BELIEVED_FOR : guard.confirmWithin()).toNanos();
    List<byte[]> keys = List.of(bytes(one), bytes(other));
    IdentifiedRead.Answer answer;
    try {
      IdentifiedRead read =
          new IdentifiedRead(keys, believedFor / 2, new SharedTrip(deadline, step));
      answer = within(deadline, step, () -> client.executeCommand(read));
    } catch (JedisException e) {
      throw RedisFailures.translate(store, step, e);
    } catch (StoreException e) {
      if (e.kind() == StoreException.Kind.UNREACHABLE && bounded.mayFailOver()) {
        // A script looks whether another server has its place by now.
        return Optional.empty();
      }
      throw e;
    }
    String identity = answer.identity();
    if (identity == null || Ticker.system().nanos() - answer.askedAt() >= believedFor) {
      return Optional.empty();
    }
    Optional<String> stamp = guard == null ? Optional.of(identity) : guard.stampNow(identity);
    return stamp.map(it -> new PlainAnswer(answer, inBytes(it)));
  }

  private PlainAnswer.Stamp inBytes(String hex) {
    PlainAnswer.Stamp known = lastStamp;
    PlainAnswer.Stamp stamp = known.orOf(hex);
    if (stamp != known) {
      lastStamp = stamp;
    }
    return stamp;
  }

  /** A trip that one caller makes for all that share it: one call to the server's breaker. */
  private final class SharedTrip implements IdentifiedRead.Trip {
    private final Deadline deadline;
    private final String step;

    SharedTrip(Deadline deadline, String step) {
      this.deadline = deadline;
      this.step = step;
    }

    @Override
    public <T> T asOneCall(Supplier<T> exchange) {
      return server.call(
          deadline,
          left -> {
            try {
              return within(left, step, exchange);
            } catch (JedisException e) {
              throw RedisFailures.translate(store, step, e);
            }
          });
    }
  }

  /** Tells whether what the primary of this stamp has just been told binds every node. */
  boolean isSettled(String stamp, Deadline deadline) {
    return primaries == null || primaries.isSettled(stamp, deadline);
  }

  /**
   * Tells whether this may be a client for servers with slots, so that each command may name the
   * keys of one only. Where it is not, a server can still say so: see {@link Call#runAcrossSlots}.
   */
  boolean mayHaveSlots() {
    return !(client instanceof BoundedRedisClient bounded) || bounded.isForCluster();
  }

  /** One call: a script, its keys and its arguments. Not thread-safe. */
  final class Call {
    private final RedisScript script;
    private final List<byte[]> keys = new ArrayList<>();
    private final List<byte[]> args = new ArrayList<>();

    private Call(RedisScript script) {
      this.script = script;
    }

    Call keys(String... names) {
      for (String name : names) {
        keys.add(bytes(name));
      }
      return this;
    }

    Call arg(byte[] value) {
      args.add(value);
      return this;
    }

    Call arg(String value) {
      return arg(bytes(value));
    }

    Call arg(long value) {
      return arg(Long.toString(value));
    }

    /** Adds whole milliseconds. */
    Call arg(Duration value) {
      return arg(value.toMillis());
    }

    /**
     * Runs the script, whose keys may lie in several slots, as {@link #run} does.
     *
     * @return empty if the server has slots after all; nothing was done then
     * @throws StoreException if it cannot be run, or if the primary is not one to believe
     */
    Optional<Reply> runAcrossSlots(Deadline deadline) {
      try {
        return Optional.of(run(deadline));
      } catch (SlotsDifferException e) {
        return Optional.empty();
      }
    }

    /**
     * Runs the script, whose keys lie in one slot, on a primary that may be believed.
     *
     * @throws StoreException if it cannot be run, or if the primary is not one to believe
     */
    Reply run(Deadline deadline) {
      PrimaryGuard guard = primaries;
      if (guard == null) {
        return evaluate(ANY_PRIMARY, deadline);
      }
      for (boolean again = false; ; again = true) {
        String believed = guard.believed(deadline);
        try {
          Reply reply = evaluate(bytes(believed), deadline);
          // A server that hung meanwhile may answer long after another one has taken over from it.
          if (guard.stillBelieves(believed, deadline)) {
            return reply;
          }
          throw refused("another primary took over while the answer was on its way");
        } catch (UnbelievedException e) {
          if (again) {
            throw refused("the primary has just changed");
          }
          guard.meet(e.primary, deadline);
        }
      }
    }

    /** Runs the script on whatever primary there is, and sends all of it. */
    Reply runAnywhere(Deadline deadline) {
      List<byte[]> all = and(ANY_PRIMARY);
      return ask(
          deadline,
          script.step(),
          left -> within(left, script.step(), () -> eval(script.source(), all)));
    }

    private StoreException refused(String why) {
      return new StoreException(
          StoreException.Kind.REFUSED, store + ": " + script.step() + ": " + why);
    }

    private Reply evaluate(byte[] believed, Deadline deadline) {
      List<byte[]> all = and(believed);
      return ask(deadline, script.step(), left -> evaluate(all, left));
    }

    private Reply evaluate(List<byte[]> all, Deadline deadline) {
      try {
        return within(
            deadline, script.step(), () -> Reply.of(client.evalsha(script.digest(), keys, all)));
      } catch (JedisNoScriptException e) {
        // A restarted or flushed server has forgotten it. EVAL also makes it known again.
        return within(deadline, script.step(), () -> eval(script.source(), all));
      }
    }

    private Reply eval(byte[] source, List<byte[]> all) {
      return Reply.of(client.eval(source, keys, all));
    }

    private List<byte[]> and(byte[] last) {
      List<byte[]> all = new ArrayList<>(args);
      all.add(last);
      return all;
    }
  }

  /** Asks the server through its breaker, to which an answer to ask otherwise is no failure. */
  private <T> T ask(Deadline deadline, String step, Function<Deadline, T> call) {
    Answer<T> answer =
        server.call(
            deadline,
            left -> {
              try {
                return new Answer<>(call.apply(left), null);
              } catch (JedisException e) {
                return new Answer<>(null, otherwise(step, e));
              }
            });
    if (answer.otherwise() != null) {
      throw answer.otherwise();
    }
    return requireNonNull(answer.value());
  }

  /** What a server answered: a value, or that it has to be asked otherwise. */
  private record Answer<T>(@Nullable T value, @Nullable OtherwiseException otherwise) {}

  private OtherwiseException otherwise(String step, JedisException e) {
    String answer = String.valueOf(e.getMessage());
    if (e instanceof JedisDataException && answer.startsWith(SLOTS_DIFFER)) {
      return new SlotsDifferException();
    }
    return PrimaryStamps.primaryIn(answer)
        .map(UnbelievedException::new)
        .orElseThrow(() -> RedisFailures.translate(store, step, e));
  }

  private <T> T within(Deadline deadline, String step, Supplier<T> call) {
    if (deadline.isExpired()) {
      deadline.check(store + ": " + step);
    }
    return client instanceof BoundedRedisClient bounded
        ? bounded.within(deadline, call)
        : call.get();
  }

  /** A server did not run a script, and said what to do. Never leaves this class. */
  private abstract static sealed class OtherwiseException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    OtherwiseException(String message) {
      super(message, null, false, false);
    }
  }

  /** A script met a primary that its caller does not believe. */
  private static final class UnbelievedException extends OtherwiseException {
    @Serial private static final long serialVersionUID = 1L;
    private final transient Primary primary;

    UnbelievedException(Primary primary) {
      super("another primary");
      this.primary = primary;
    }
  }

  /** A script named keys of several slots to a server that has slots. */
  private static final class SlotsDifferException extends OtherwiseException {
    @Serial private static final long serialVersionUID = 1L;

    SlotsDifferException() {
      super("keys of several slots");
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
