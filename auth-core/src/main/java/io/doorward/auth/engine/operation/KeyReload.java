package io.doorward.auth.engine.operation;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.AuthService;
import io.doorward.auth.Operations.KeyReloadResult;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.base.Ticker;
import io.doorward.auth.key.KeyRing;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the keys anew from the application's source and puts them into the ring that everything
 * holds. Thread-safe: one reload runs at a time.
 *
 * <p>Failure: a source that throws, or keys that may not take the place of the present ones, leave
 * these in place; a finding says so until a reload succeeds, which each turn tries again.
 *
 * <p>Security: of an exception only the message of an {@link IllegalStateException} is shown, which
 * is what {@code Secrets} throws. Others may quote what they read.
 */
public final class KeyReload {
  private static final Logger LOG = LoggerFactory.getLogger(AuthService.class);
  private static final String SUBJECT = "reload";

  /** Longer than reading keys should take: then the source hangs, which has to be told. */
  private static final Duration LONG = Duration.ofSeconds(10);

  private final KeyRing ring;
  private final Supplier<KeyRing> source;
  private final ConfigCheck check;
  private final Ticker ticker;
  private final ReentrantLock running = new ReentrantLock();

  /** When the source was last asked. Written by the reload that is running. */
  private volatile long askedAt;

  private volatile boolean asking;

  /**
   * Reads nothing yet.
   *
   * @param ring the one that everything holds
   * @param source reads the keys; may block
   * @param check is told of findings, and compares new keys with those of other nodes
   * @param ticker measures how long the source takes
   */
  public KeyReload(KeyRing ring, Supplier<KeyRing> source, ConfigCheck check, Ticker ticker) {
    this.ring = requireNonNull(ring, "ring");
    this.source = requireNonNull(source, "source");
    this.check = requireNonNull(check, "check");
    this.ticker = requireNonNull(ticker, "ticker");
  }

  /**
   * Reloads on an executor, because a source may block. While a reload is running, none begins, and
   * one that has been running for long is reported.
   *
   * @param executor if it rejects the task, the next turn tries again
   */
  public void offer(Executor executor) {
    if (asking) {
      Duration since = Duration.ofNanos(ticker.nanos() - askedAt);
      if (since.compareTo(LONG) >= 0) {
        KeyReloadResult unused =
            failed("their source has not answered for " + since.toSeconds() + " s");
      }
      return;
    }
    try {
      executor.execute(
          () -> {
            if (running.tryLock()) {
              try {
                KeyReloadResult unused = run();
              } finally {
                running.unlock();
              }
            }
          });
    } catch (RejectedExecutionException e) {
      LOG.debug("The keys were not read anew: the queue is full", e);
    }
  }

  /**
   * Reloads now, after one that is running.
   *
   * @return what has become of the keys
   */
  public KeyReloadResult reload() {
    running.lock();
    try {
      return run();
    } finally {
      running.unlock();
    }
  }

  private KeyReloadResult run() {
    askedAt = ticker.nanos();
    asking = true;
    KeyRing next;
    try {
      next = requireNonNull(source.get(), "the key source must return a ring");
    } catch (RuntimeException | LinkageError e) {
      return failed(
          e instanceof IllegalStateException
              ? String.valueOf(e.getMessage())
              : e.getClass().getSimpleName());
    } finally {
      asking = false;
    }
    boolean changed;
    try {
      changed = ring.replaceBy(next);
    } catch (IllegalArgumentException e) {
      return failed(String.valueOf(e.getMessage()));
    }
    check.found(SUBJECT, List.of());
    if (!changed) {
      return new KeyReloadResult.Unchanged();
    }
    LOG.info("The keys have been replaced: {}", ring);
    check.keysAreDue();
    return new KeyReloadResult.Replaced();
  }

  private KeyReloadResult failed(String why) {
    check.found(
        SUBJECT,
        List.of(
            Finding.warning(
                "keys.reload",
                "the keys could not be read anew: " + why,
                "Mend the source of the keys; until then the present ones stay in use, also those"
                    + " that should be gone")));
    return new KeyReloadResult.Failed(why);
  }
}
