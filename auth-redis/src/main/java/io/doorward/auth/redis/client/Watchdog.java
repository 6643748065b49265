package io.doorward.auth.redis.client;

import io.doorward.auth.base.Ticker;
import io.doorward.auth.guard.DaemonThreads;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts connections over which an answer takes too long. A socket timeout starts anew with every
 * byte, so it does not end a wait for a server that sends one now and then. Thread-safe.
 *
 * <p>Owns one thread, which only closes sockets. It looks at what is watched when the earliest
 * budget is spent, and {@link #LOOK} later at the latest, so that a command that ends in time costs
 * no timer and wakes no thread. It sleeps while nothing is watched, and starts with the first
 * watch.
 */
final class Watchdog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
  private static final long LOOK = TimeUnit.MILLISECONDS.toNanos(250);

  private final Ticker ticker = Ticker.system();
  private final Set<Watch> watched = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean started = new AtomicBoolean();
  private final ThreadPoolExecutor executor;

  /** The one that looks; null before it has begun to. */
  private volatile @Nullable Thread thread;

  /** When the thread looks next, if it does not sleep. */
  private volatile long looksAt;

  /** Whether something was watched since the last look: the thread goes to sleep a look later. */
  private volatile boolean used;

  private volatile boolean sleeps = true;
  private volatile boolean closed;

  Watchdog(String name) {
    executor =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(1),
            DaemonThreads.named(name),
            new ThreadPoolExecutor.DiscardPolicy());
  }

  /**
   * Runs {@code cut} when the budget is spent, unless {@link Watch#end} comes first; at once if
   * this is closed, since it would not be run later.
   */
  Watch watch(Runnable cut, Duration budget) {
    Watch watch = new Watch(cut, ticker.nanos() + budget.toNanos());
    watched.add(watch);
    if (!used) {
      used = true;
    }
    if (closed) {
      watch.run();
    } else if (sleeps || watch.endsAt - looksAt < 0) {
      wake();
    }
    return watch;
  }

  private void wake() {
    if (!started.get() && started.compareAndSet(false, true)) {
      boolean begun = false;
      try {
        executor.execute(this::look);
        begun = true;
      } finally {
        if (!begun) {
          // There was no thread to be had: the next watch tries again.
          started.set(false);
        }
      }
    }
    LockSupport.unpark(thread);
  }

  private void look() {
    try {
      thread = Thread.currentThread();
      lookUntilClosed();
    } finally {
      // Whatever ended it, the next watch begins it again.
      started.set(false);
      sleeps = true;
    }
  }

  private void lookUntilClosed() {
    while (!closed) {
      sleeps = false;
      long now = ticker.nanos();
      // Wakes this thread for what is added from here on and ends before that.
      looksAt = now + LOOK;
      long next = looksAt;
      for (Watch watch : watched) {
        if (watch.endsAt - now <= 0) {
          watch.run();
        } else if (watch.endsAt - next < 0) {
          next = watch.endsAt;
        }
      }
      looksAt = next;
      if (used || !watched.isEmpty()) {
        used = false;
        LockSupport.parkNanos(this, next - ticker.nanos());
      } else {
        sleep();
      }
    }
  }

  /** Sleeps until something is watched, unless that has happened meanwhile. */
  private void sleep() {
    sleeps = true;
    if (watched.isEmpty() && !closed) {
      LockSupport.park(this);
    }
  }

  /** Stops watching. Nothing is waited for: what the thread does takes no time. */
  @Override
  public void close() {
    closed = true;
    executor.shutdownNow();
  }

  /** One thing that is watched. */
  final class Watch implements Runnable {
    private final Runnable cut;
    private final long endsAt;
    private final AtomicBoolean over = new AtomicBoolean();

    private Watch(Runnable cut, long endsAt) {
      this.cut = cut;
      this.endsAt = endsAt;
    }

    @Override
    public void run() {
      watched.remove(this);
      if (!over.compareAndSet(false, true)) {
        return;
      }
      try {
        cut.run();
      } catch (RuntimeException e) {
        // The next one must be cut all the same.
        LOG.warn("A connection could not be cut", e);
      }
    }

    /** Ends the watch. Returns false if it was cut: then nothing of it may be used any more. */
    boolean end() {
      watched.remove(this);
      return over.compareAndSet(false, true);
    }
  }
}
