package io.doorward.auth.engine.login;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialStore;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.engine.EngineContext;
import io.doorward.auth.engine.cache.Invalidator;
import io.doorward.auth.event.AccessEvent;
import io.doorward.auth.event.AccessEvent.Budget;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.BackendCalls;
import io.doorward.auth.guard.Background;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Counts wrong passwords of an account in the database, from all clients together. After too many,
 * the account accepts its password from known devices only, until one of them logs in or the next
 * epoch begins.
 *
 * <p>Counts in the background, so that an existing account takes no longer than an unknown one. If
 * the background queue is full, the caller counts. Thread-safe.
 *
 * <p>Failure: a failure that the database cannot store is not counted. The budgets of the throttle
 * still hold.
 */
public final class FailureCount {
  private final CredentialStore store;
  private final int limit;
  private final Invalidator invalidator;
  private final Background background;
  private final BackendCalls calls;
  private final BackendCalls queue;
  private final AuthListener listener;

  /**
   * Creates one.
   *
   * @param store keeps the counts
   * @param limit number of failures that restricts an account to known devices; positive
   * @param invalidator invalidates the cache when the restriction changes
   * @throws IllegalArgumentException if {@code limit} is not positive
   */
  public FailureCount(
      CredentialStore store, int limit, Invalidator invalidator, EngineContext context) {
    this.store = requireNonNull(store, "store");
    if (limit <= 0) {
      throw new IllegalArgumentException("failureLimit must be positive: " + limit);
    }
    this.limit = limit;
    this.invalidator = requireNonNull(invalidator, "invalidator");
    this.background = context.background();
    this.calls = context.calls(Part.ACCOUNT_STORE);
    this.queue = context.calls(Part.FAILURE_COUNT);
    this.listener = context.listener();
  }

  /**
   * Counts a wrong password.
   *
   * @param compared the credential that it did not match
   * @param network the client's network in clear, if known
   * @param deadline for the call, where the caller has to count
   */
  public void failed(Credential compared, Optional<String> network, Deadline deadline) {
    Consumer<Deadline> count =
        until ->
            calls.attempt(
                () ->
                    calls
                        .onlyIfUnsent(
                            until,
                            () ->
                                store.countFailure(
                                    compared.account(), compared.epoch(), limit, until))
                        .ifPresent(
                            pending -> {
                              invalidator.deliver(pending, until);
                              listener.on(
                                  new AccessEvent.BudgetSpent(
                                      Optional.of(compared.account()), Budget.PASSWORD, network));
                            }));
    if (!background.offer(count)) {
      count.accept(deadline);
    }
  }

  /**
   * Lifts the restriction to known devices. Returns at once.
   *
   * @param proved the credential that the password of a known device matched
   */
  public void forgive(Credential proved) {
    boolean isTaken =
        background.offer(
            until ->
                calls.attempt(
                    () ->
                        invalidator.deliver(
                            calls.call(
                                until,
                                () ->
                                    store.forgiveFailures(proved.account(), proved.epoch(), until)),
                            until)));
    if (!isTaken) {
      queue.failed(StoreException.Kind.REFUSED);
    }
  }
}
