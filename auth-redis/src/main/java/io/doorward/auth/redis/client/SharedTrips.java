package io.doorward.auth.redis.client;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.base.StoreException;
import io.doorward.auth.redis.server.RedisFailures.CrowdedException;
import io.doorward.auth.redis.server.RedisFailures.NotSentException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Lets callers that come at the same time share trips to one server, which is what limits reads. A
 * caller that comes while less than {@link #UNDER_WAY} trips are under way makes one at once, for
 * itself. Later callers wait, and the end of a trip begins the next one: the caller that has waited
 * longest makes it, for all that wait. So nothing is added to a lone caller, and no caller shares a
 * trip that was sent before it came.
 *
 * <p>Each caller keeps its own deadline, also while it waits for a trip that another one makes. A
 * trip that fails fails for those that share it, unless it failed for a reason of the caller that
 * made it, whose time was over or whose thread was interrupted: then the others make another one.
 *
 * <p>Thread-safe, for virtual threads too. Holds nothing but what is under way.
 *
 * @param <Q> what is asked
 * @param <A> what is answered
 */
final class SharedTrips<Q, A> {
  /** How many trips may be under way: one that is on its way, and one that is being made. */
  private static final int UNDER_WAY = 2;

  /** How many callers share a trip at most, so that none waits long for the bytes of others. */
  private static final int LARGEST = 128;

  /** Longer than any deadline: asks whether one is there that has passed. */
  private static final Duration LONG = Duration.ofDays(2);

  private static final Duration ALMOST_OVER = Duration.ofMillis(10);

  private final Duration wait;
  private final Duration longest;
  private final int mostWaiting;
  private final Function<List<Q>, List<A>> trip;
  private final ReentrantLock lock = new ReentrantLock();
  private final Deque<Seat<Q, A>> waiting = new ArrayDeque<>();
  private int underWay;

  /**
   * Makes trips.
   *
   * @param wait how long a caller waits until it is on a trip
   * @param longest how long a trip takes at most
   * @param mostWaiting how many callers may wait until they are on a trip
   * @param trip asks the server for all; returns the answers in the order of the questions
   */
  SharedTrips(Duration wait, Duration longest, int mostWaiting, Function<List<Q>, List<A>> trip) {
    this.wait = wait;
    this.longest = longest;
    this.mostWaiting = mostWaiting;
    this.trip = trip;
  }

  /**
   * Asks, alone or together with others.
   *
   * @throws JedisException as the trip threw it; {@link CrowdedException} if too many wait, or for
   *     too long
   * @throws StoreException as the trip threw it
   */
  A ask(Q question) {
    Seat<Q, A> mine = new Seat<>(question);
    if (mayLead(mine)) {
      lead(List.of(mine));
    } else {
      await(mine);
    }
    return mine.result();
  }

  private boolean mayLead(Seat<Q, A> seat) {
    lock.lock();
    try {
      if (underWay < UNDER_WAY) {
        underWay++;
        return true;
      }
      if (waiting.size() >= mostWaiting) {
        throw new CrowdedException();
      }
      waiting.add(seat);
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Makes the trip for all of a batch, of which the first is this caller. */
  private void lead(List<Seat<Q, A>> batch) {
    RuntimeException failed = null;
    boolean ended = false;
    try {
      List<Q> questions = new ArrayList<>(batch.size());
      for (Seat<Q, A> seat : batch) {
        questions.add(seat.question);
      }
      List<A> answers = trip.apply(questions);
      for (int i = 0; i < batch.size(); i++) {
        batch.get(i).answer = answers.get(i);
      }
      ended = true;
    } catch (RuntimeException e) {
      failed = e;
      ended = true;
    } finally {
      end(batch, ended ? failed : new JedisException("the trip ended without an answer"));
    }
  }

  /**
   * Ends a trip. The caller that has waited longest makes the next one, which begins before the
   * callers of this one go on.
   */
  private void end(List<Seat<Q, A>> batch, @Nullable RuntimeException failed) {
    batch.get(0).failure = failed;
    List<Seat<Q, A>> others = batch.subList(1, batch.size());
    boolean again = failed != null && isCallersOwn();
    lock.lock();
    try {
      if (again) {
        seatAgain(others);
      }
      beginNext();
    } finally {
      lock.unlock();
    }
    if (!again) {
      for (Seat<Q, A> seat : others) {
        seat.failure = failed;
        seat.called.countDown();
      }
    }
  }

  /** Socket timeouts are whole milliseconds, so one may come a little before the deadline. */
  private static boolean isCallersOwn() {
    return Thread.currentThread().isInterrupted()
        || CallDeadline.cap(LONG).compareTo(ALMOST_OVER) < 0;
  }

  /** Tells whether a failed trip says that its server may be gone. */
  static boolean wasInVain(StoreException e) {
    return e.kind() == StoreException.Kind.UNREACHABLE || e.kind() == StoreException.Kind.TIMEOUT;
  }

  /** Puts callers in front of those that wait, in their order. Under the lock. */
  private void seatAgain(List<Seat<Q, A>> seats) {
    for (int i = seats.size() - 1; i >= 0; i--) {
      Seat<Q, A> seat = seats.get(i);
      seat.batch = null;
      if (!seat.left) {
        waiting.addFirst(seat);
      }
    }
  }

  /**
   * Calls a caller that waits to make a trip for as many as there may be. Under the lock: one that
   * was chosen and not called yet could still leave.
   */
  private void beginNext() {
    if (waiting.isEmpty()) {
      underWay--;
      return;
    }
    List<Seat<Q, A>> batch = new ArrayList<>(Math.min(LARGEST, waiting.size()));
    while (batch.size() < LARGEST && !waiting.isEmpty()) {
      Seat<Q, A> seat = waiting.remove();
      seat.batch = batch;
      batch.add(seat);
    }
    batch.get(0).called.countDown();
  }

  /** Waits for a seat, then for the end of the trip; makes it if this caller is called to. */
  private void await(Seat<Q, A> mine) {
    if (!mine.isCalledWithin(CallDeadline.cap(wait)) && leave(mine, false)) {
      throw Thread.currentThread().isInterrupted()
          ? new NotSentException("interrupted while waiting for a trip", null)
          : new CrowdedException();
    }
    if (!mine.isCalledWithin(CallDeadline.cap(longest)) && leave(mine, true)) {
      // Whether its question was sent, only the caller that makes the trip knows.
      throw new JedisConnectionException(new SocketTimeoutException("the trip takes too long"));
    }
    List<Seat<Q, A>> batch = mine.batch;
    if (batch != null && batch.get(0) == mine) {
      lead(batch);
    }
  }

  /** Takes a caller out that was not called; tells whether it is out. */
  private boolean leave(Seat<Q, A> mine, boolean evenOnTrip) {
    lock.lock();
    try {
      if (mine.called.getCount() == 0 || (mine.batch != null && !evenOnTrip)) {
        return false;
      }
      boolean unused = mine.batch == null && waiting.remove(mine);
      mine.left = true;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** One caller and its question. Batch and left change under the lock only. */
  private static final class Seat<Q, A> {
    private final Q question;

    /** Opened once: for the answer, or for this caller to make the trip of its batch. */
    private final CountDownLatch called = new CountDownLatch(1);

    private volatile @Nullable List<Seat<Q, A>> batch;
    private boolean left;
    private volatile @Nullable A answer;
    private volatile @Nullable RuntimeException failure;

    Seat(Q question) {
      this.question = question;
    }

    /** Waits to be called; false also on an interrupt, which stays. */
    boolean isCalledWithin(Duration time) {
      try {
        return called.await(time.toNanos(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }

    A result() {
      RuntimeException thrown = failure;
      if (thrown != null) {
        throw thrown;
      }
      return requireNonNull(answer, "answer of a trip that did not fail");
    }
  }
}
