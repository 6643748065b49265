package io.doorward.auth.redis;

import io.doorward.auth.account.PrimaryRegistry;
import io.doorward.auth.account.PrimaryRegistry.Primary;
import io.doorward.auth.account.PrimaryRegistry.Registration;
import io.doorward.auth.account.PrimaryRegistry.State;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.event.ServiceEvent;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.guard.Retries;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The guard's side towards the database: registers the primaries that this node has met, learns
 * which may be believed, and says that the present one is alive where another one waits for its
 * place. Apart from {@link PrimaryGuard}, whose callers only decide on what was learned here.
 *
 * <p>{@link #ask} runs on one thread at a time; everything else is thread-safe.
 */
final class PrimaryMonitor {
  /** How many times confirmWithin a primary waits that does not continue the present one. */
  private static final int WAIT = 4;

  private final UnifiedJedis client;
  private final PrimaryRegistry registry;
  private final String name;
  private final Duration confirmWithin;
  private final Ticker ticker;
  private final AuthListener listener;
  private final BackendCalls calls;

  /** The primaries that this node has met lately, by identity. */
  private final Map<String, Meeting> meetings = new ConcurrentHashMap<>();

  /** What the listener was told of each primary that is registered: whether it is believed. */
  private final Map<String, Boolean> reported = new ConcurrentHashMap<>();

  private volatile PrimaryKnowledge knowledge;

  /** A primary that this node has met, and when it did last. */
  private record Meeting(Primary primary, long at) {}

  PrimaryMonitor(
      UnifiedJedis client,
      PrimaryRegistry registry,
      String name,
      Duration confirmWithin,
      Ticker ticker,
      AuthListener listener) {
    this.client = client;
    this.registry = registry;
    this.name = name;
    this.confirmWithin = confirmWithin;
    this.ticker = ticker;
    this.listener = listener;
    this.calls = BackendCalls.of(Part.PRIMARY_REGISTRY, Retries.none(), listener);
    this.knowledge = PrimaryKnowledge.none(ticker.nanos() - confirmWithin.toNanos());
  }

  /** Returns what the database said last. */
  PrimaryKnowledge knowledge() {
    return knowledge;
  }

  /** Remembers a primary that this node has met, for the next question. */
  void remember(Primary primary) {
    meetings.put(primary.identity(), new Meeting(primary, ticker.nanos()));
  }

  /**
   * Puts one question to the database and learns the answer. It counts as confirmed when it was
   * put, which is on the safe side.
   *
   * @throws StoreException if the database cannot answer
   */
  List<Registration> ask(Deadline deadline) {
    long askedAt = ticker.nanos();
    try {
      List<Meeting> met = openMeetings(askedAt);
      List<Registration> all = met.isEmpty() ? registry.list(name, deadline) : List.of();
      for (Meeting meeting : met) {
        all = registry.register(name, meeting.primary, waitOfStrangers(), deadline);
      }
      knowledge = PrimaryKnowledge.of(all, askedAt, isLate(askedAt));
      reported.keySet().removeIf(identity -> !knowledge.knows(identity));
      met.forEach(meeting -> report(meeting.primary));
      confirmThatThePresentOneIsAlive(all, deadline);
      return all;
    } catch (StoreException e) {
      calls.failed(e.kind());
      knowledge = knowledge.afterFailure(e.kind() == Kind.UNREACHABLE, isLate(askedAt));
      throw e;
    }
  }

  private Duration waitOfStrangers() {
    return confirmWithin.multipliedBy(WAIT);
  }

  private boolean isLate(long askedAt) {
    return ticker.nanos() - askedAt >= confirmWithin.toNanos();
  }

  /** Returns the primaries that this node has met lately and that are not registered, or wait. */
  private List<Meeting> openMeetings(long now) {
    PrimaryKnowledge known = knowledge;
    long longest = waitOfStrangers().toNanos();
    meetings
        .values()
        .removeIf(
            meeting -> now - meeting.at > longest || known.isSettledOn(meeting.primary.identity()));
    return List.copyOf(meetings.values());
  }

  /** Reports a primary that is new to this node, and once more if it is believed later. */
  private void report(Primary primary) {
    boolean believed = knowledge.believes(primary.identity());
    Boolean before = reported.put(primary.identity(), believed);
    if (before == null || before != believed) {
      listener.on(new ServiceEvent.PrimaryDiscovered(primary.identity(), believed));
    }
  }

  /**
   * Where another primary waits to take over from the one that this node uses, looks whether this
   * one is alive, and tells the database.
   */
  private void confirmThatThePresentOneIsAlive(List<Registration> all, Deadline deadline) {
    if (all.stream().noneMatch(each -> each.state() == State.WAITING)) {
      return;
    }
    for (Registration each : all) {
      if (each.primary().alone() && !each.isSuperseded(all) && answersAs(each)) {
        registry.seen(name, each.primary().identity(), deadline);
      }
    }
  }

  private boolean answersAs(Registration registration) {
    try {
      Object answer =
          client.eval(
              RedisScript.PRIMARY.source(),
              List.of(Scripts.bytes(StoreContext.key(name, "primary", "look"))),
              List.of(Scripts.bytes(PrimaryStamps.token(registration))));
      return Reply.of(answer).text().equals(PrimaryStamps.stampOf(registration));
    } catch (JedisException e) {
      return false;
    }
  }
}
