package io.doorward.auth.redis.client;

import io.doorward.auth.base.Ticker;
import io.doorward.auth.guard.DaemonThreads;
import io.doorward.auth.redis.server.RedisFailures.NotSentException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Looks up which servers to use, remembers the answer and looks it up again periodically. One class
 * for sentinels and clusters, so that no caller's deadline decides whether the others learn of a
 * fail-over. Thread-safe.
 *
 * <p>One look-up runs at a time, on a thread of its own, so that no caller's deadline ends what the
 * others wait for. A caller waits only while nothing is known, or where it has found that what is
 * known is no good, and never past its own deadline. What is known is kept while look-ups fail: the
 * servers may well be fine when those that are asked about them are not.
 *
 * <p>It costs nothing while it is not used: the thread ends when it has had nothing to do for a
 * while, and what became old is looked up when a caller asks for it.
 *
 * @param <T> what is looked up
 */
final class SharedLookup<T> implements AutoCloseable {
  /** Between two look-ups, however often what is known is doubted. */
  static final Duration PAUSE = Duration.ofMillis(100);

  private static final Duration CLOSE_WAIT = Duration.ofSeconds(1);

  private final Supplier<T> question;
  private final long periodNanos;
  private final Duration patience;
  private final Ticker ticker;
  private final ThreadPoolExecutor thread;
  private final AtomicReference<@Nullable CountDownLatch> running = new AtomicReference<>();
  private volatile State<T> state = new State<>(null, null, false, 0);
  private volatile boolean doubted;

  /** What the last look-up left. A failure says why the last one found nothing. */
  private record State<T>(
      @Nullable T known, @Nullable JedisException failure, boolean asked, long endedAt) {}

  /**
   * Looks nothing up yet.
   *
   * @param name of the thread
   * @param question bounds its own waits; throws {@link JedisException}
   * @param period after which what is known is looked up again, in the background
   * @param patience how long a caller waits for a look-up
   */
  SharedLookup(
      String name, Supplier<T> question, Duration period, Duration patience, Ticker ticker) {
    this.question = question;
    this.periodNanos = period.toNanos();
    this.patience = patience;
    this.ticker = ticker;
    this.thread =
        new ThreadPoolExecutor(
            1, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(1), DaemonThreads.named(name));
    thread.allowCoreThreadTimeOut(true);
  }

  /**
   * Returns what is known. Waits where nothing is, or where the last look-up was so long ago that
   * much may have happened since.
   *
   * @throws JedisException if nothing is known; says why
   */
  T current() {
    return atHand().orElseGet(this::renewed);
  }

  /** Returns what is known, for a caller that does not wait; empty where {@link #current} would. */
  Optional<T> atHand() {
    State<T> now = state;
    T known = now.known;
    if (known == null) {
      return Optional.empty();
    }
    long age = ticker.nanos() - now.endedAt;
    if (age >= 2 * periodNanos && now.failure == null && running.get() == null) {
      return Optional.empty();
    }
    if (age >= periodNanos || doubted) {
      begin();
    }
    return Optional.of(known);
  }

  /** Looks up again soon, because what is known may be wrong. Returns at once. */
  void doubt() {
    doubted = true;
    begin();
  }

  /**
   * Waits for the look-up that runs or can begin now, and returns what is known then, new or old.
   *
   * @throws JedisException if nothing is known; says why
   */
  T renewed() {
    CountDownLatch round = begin();
    if (round != null) {
      await(round);
    }
    State<T> now = state;
    if (now.known != null) {
      return now.known;
    }
    JedisException failure = now.failure;
    throw failure != null
        ? failure
        : new NotSentException("which server to use was not known in time", null);
  }

  /** Returns the look-up that runs, or begins one; null if the last one has only just ended. */
  private @Nullable CountDownLatch begin() {
    State<T> before = state;
    CountDownLatch other = running.get();
    if (other != null) {
      return other;
    }
    if (before.asked && ticker.nanos() - before.endedAt < PAUSE.toNanos()) {
      return null;
    }
    CountDownLatch mine = new CountDownLatch(1);
    other = running.compareAndExchange(null, mine);
    if (other != null) {
      return other;
    }
    try {
      thread.execute(() -> lookUp(mine));
    } catch (RejectedExecutionException e) {
      state = new State<>(null, new NotSentException("the client is closed", e), true, 0);
      end(mine);
    }
    return mine;
  }

  private void lookUp(CountDownLatch round) {
    doubted = false;
    try {
      T answer = question.get();
      state = new State<>(answer, null, true, ticker.nanos());
    } catch (JedisException e) {
      state = new State<>(state.known, e, true, ticker.nanos());
    } catch (RuntimeException e) {
      JedisException failure = new NotSentException("which server to use is not known", e);
      state = new State<>(state.known, failure, true, ticker.nanos());
    } finally {
      end(round);
    }
  }

  private void end(CountDownLatch round) {
    running.set(null);
    round.countDown();
  }

  private void await(CountDownLatch round) {
    try {
      if (!round.await(CallDeadline.cap(patience).toNanos(), TimeUnit.NANOSECONDS)) {
        return; // What is known by now is all there is.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NotSentException("interrupted while a server was looked for", e);
    }
  }

  /** Ends the thread. Quick if the question's connections were cut before. */
  @Override
  public void close() {
    thread.shutdownNow();
    try {
      thread.awaitTermination(CLOSE_WAIT.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
