package io.doorward.auth.engine.change;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.Admin.ImportOptions;
import io.doorward.auth.Admin.ImportResult;
import io.doorward.auth.Admin.ImportResult.Progress;
import io.doorward.auth.Admin.ImportResult.Reason;
import io.doorward.auth.Admin.ImportResult.Refused;
import io.doorward.auth.account.AccountImport;
import io.doorward.auth.account.AccountImport.Written;
import io.doorward.auth.account.ImportedAccount;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.event.AccountEvent;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.guard.BackendCalls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Imports accounts in batches: checks each, writes those that can be imported, and tells of the
 * others. What is in the database after a batch stays there, whatever happens to the next.
 * Thread-safe; an import takes the thread that calls.
 */
public final class AccountImports {
  /**
   * One batch is one transaction: long enough for set-based work, short enough to hold no lock
   * long.
   */
  private static final int BATCH = 1_000;

  private static final Duration BATCH_DEADLINE = Duration.ofSeconds(30);

  private final AccountImport store;
  private final ImportCheck check;
  private final BackendCalls calls;
  private final AuthListener listener;

  public AccountImports(
      AccountImport store, ImportCheck check, BackendCalls calls, AuthListener listener) {
    this.store = requireNonNull(store, "store");
    this.check = requireNonNull(check, "check");
    this.calls = requireNonNull(calls, "calls");
    this.listener = requireNonNull(listener, "listener");
  }

  public ImportResult run(
      Iterator<? extends @Nullable ImportedAccount> accounts,
      ImportOptions options,
      Deadline deadline) {
    Totals totals = new Totals();
    ImportResult result =
        calls.orUnavailable(
            () -> {
              while (accounts.hasNext()) {
                batch(accounts, totals, options, deadline);
                options.progress().accept(totals.progress());
              }
              return new ImportResult.Done(totals.progress());
            },
            retryAfter -> new ImportResult.Stopped(totals.progress(), retryAfter));
    Progress total = totals.progress();
    listener.on(
        new AccountEvent.AccountsImported(
            total.created(),
            total.present(),
            total.refused(),
            result instanceof ImportResult.Done));
    return result;
  }

  private void batch(
      Iterator<? extends @Nullable ImportedAccount> accounts,
      Totals totals,
      ImportOptions options,
      Deadline deadline) {
    List<AccountImport.Row> rows = new ArrayList<>(BATCH);
    List<Long> numbers = new ArrayList<>(BATCH);
    List<Refused> refusals = new ArrayList<>();
    long number = totals.progress().read();
    for (int i = 0; i < BATCH && accounts.hasNext(); i++) {
      number++;
      ImportCheck.Outcome outcome = check.check(number, accounts.next());
      if (outcome.row().isPresent()) {
        rows.add(outcome.row().get());
        numbers.add(number);
      } else {
        refusals.add(outcome.refused().orElseThrow());
      }
    }
    List<Written> written = rows.isEmpty() ? List.of() : write(rows, deadline);
    for (int i = 0; i < written.size(); i++) {
      switch (written.get(i)) {
        case CREATED -> totals.created++;
        case PRESENT -> totals.present++;
        default -> refusals.add(refusal(numbers.get(i), written.get(i)));
      }
    }
    totals.refused += refusals.size();
    refusals.sort((a, b) -> Long.compare(a.number(), b.number()));
    refusals.forEach(options.refused());
  }

  private List<Written> write(List<AccountImport.Row> rows, Deadline deadline) {
    deadline.check("import of accounts");
    Deadline ofBatch = Deadline.after(deadline.cap(BATCH_DEADLINE));
    return calls.call(ofBatch, () -> store.write(rows, ofBatch));
  }

  private static Refused refusal(long number, Written written) {
    return switch (written) {
      case LOGIN_ID_TAKEN ->
          new Refused(
              number, Reason.LOGIN_ID_TAKEN, "another account has one of the login identifiers");
      case EXTERNAL_ID_TAKEN ->
          new Refused(number, Reason.EXTERNAL_ID_TAKEN, "another account has the external id");
      default ->
          new Refused(
              number,
              Reason.UNSTORABLE,
              "the database cannot keep one of the texts; one with ENCODING 'UTF8' keeps all but"
                  + " U+0000");
    };
  }

  /** Counts; used by one thread. */
  private static final class Totals {
    private long created;
    private long present;
    private long refused;

    Progress progress() {
      return new Progress(created, present, refused);
    }
  }
}
