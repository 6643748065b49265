package io.doorward.auth.redis;

import io.doorward.auth.account.PrimaryRegistry.Registration;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.base.StoreException.Kind;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.guard.DaemonThreads;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts a guard's questions to the registry on one thread, one at a time, so that a slow database
 * holds up no caller beyond its patience. Callers share them: at most one is under way and one
 * waits, however many callers there are. The thread starts with the first question. Thread-safe.
 */
final class RegistryQuestions implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RegistryQuestions.class);

  /** The last line, behind the bounds that a registry keeps itself. */
  private static final Duration LONGEST = Duration.ofSeconds(30);

  private static final Duration CLOSE = Duration.ofSeconds(1);

  private final Function<Deadline, List<Registration>> ask;
  private final Runnable poll;
  private final Duration idle;
  private final Ticker ticker;
  private final ScheduledThreadPoolExecutor executor;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Question running;
  private @Nullable Question next;
  private @Nullable ScheduledFuture<?> polling;
  private long sentAt;

  /**
   * Takes what to do.
   *
   * @param ask puts one question
   * @param poll is called at intervals, once a question has been put
   * @param idle the interval
   */
  RegistryQuestions(
      Function<Deadline, List<Registration>> ask, Runnable poll, Duration idle, Ticker ticker) {
    this.ask = ask;
    this.poll = poll;
    this.idle = idle;
    this.ticker = ticker;
    this.executor =
        new ScheduledThreadPoolExecutor(1, DaemonThreads.named("doorward-primary-guard"));
    executor.setRemoveOnCancelPolicy(true);
  }

  /** Returns a question that is sent after this call: the one that waits, or a new one. */
  Question put() {
    lock.lock();
    try {
      Question mine = next;
      if (mine == null) {
        mine = new Question();
        next = mine;
        send(mine);
      }
      return mine;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns the question that is under way or waits; puts one if the last one was sent so long ago.
   *
   * @return null if there is none, and it is too early for another one
   */
  @Nullable Question putIfDue(long sinceNanos) {
    lock.lock();
    try {
      if (running != null) {
        return running;
      }
      if (next == null && polling != null && ticker.nanos() - sentAt < sinceNanos) {
        return null;
      }
      return put();
    } finally {
      lock.unlock();
    }
  }

  private void send(Question question) {
    try {
      if (polling == null) {
        polling =
            executor.scheduleWithFixedDelay(
                this::pollSafely, idle.toNanos(), idle.toNanos(), TimeUnit.NANOSECONDS);
      }
      executor.execute(this::run);
    } catch (RejectedExecutionException e) {
      next = null;
      question.fail(new StoreException(Kind.REFUSED, "primary guard: it is closed"));
    }
  }

  private void pollSafely() {
    try {
      poll.run();
    } catch (RuntimeException e) {
      // The scheduler cancels a task that throws.
      LOG.warn("The guard of Redis primaries could not ask", e);
    }
  }

  private void run() {
    Question question;
    lock.lock();
    try {
      question = next;
      if (question == null) {
        return;
      }
      next = null;
      running = question;
      sentAt = ticker.nanos();
      question.from = sentAt;
    } finally {
      lock.unlock();
    }
    try {
      List<Registration> answer = ask.apply(Deadline.after(LONGEST));
      end();
      question.promise.complete(answer);
    } catch (StoreException e) {
      end();
      question.fail(e);
    } catch (RuntimeException e) {
      LOG.error("The guard of Redis primaries could not ask", e);
      end();
      question.fail(new StoreException(Kind.REFUSED, "primary registry: it failed", e));
    }
  }

  /** Ends the question before its callers get the answer, so that the next one may ask again. */
  private void end() {
    lock.lock();
    try {
      running = null;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the thread; waits a second at most for a question that is under way. */
  @Override
  public void close() {
    executor.shutdownNow();
    try {
      if (!executor.awaitTermination(CLOSE.toNanos(), TimeUnit.NANOSECONDS)) {
        LOG.debug("A question to the registry of primaries is still under way");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One question, which many callers may wait for. Thread-safe. */
  final class Question {
    private final CompletableFuture<List<Registration>> promise = new CompletableFuture<>();
    private volatile @Nullable StoreException failure;
    private volatile long from = ticker.nanos();

    /** Returns how long ago it was sent; of one that was not, how long ago it was put. */
    long ageNanos() {
      return ticker.nanos() - from;
    }

    /** Waits until it is answered or has failed; false if that takes longer, or on an interrupt. */
    boolean await(Duration longest) {
      try {
        promise.get(longest.toNanos(), TimeUnit.NANOSECONDS);
        return true;
      } catch (ExecutionException e) {
        throw new IllegalStateException("a question never fails this way", e);
      } catch (TimeoutException e) {
        return false;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }

    /** Returns the answer; empty if there is none. */
    List<Registration> answer() {
      return promise.getNow(List.of());
    }

    /** Throws what it failed with; returns if it was answered. */
    void throwFailure() {
      StoreException thrown = failure;
      if (thrown != null) {
        throw thrown;
      }
    }

    private void fail(StoreException reason) {
      failure = reason;
      promise.complete(List.of());
    }
  }
}
