package io.doorward.auth.engine.operation;

import io.doorward.auth.AuthService;
import io.doorward.auth.account.AccountDirectory.AccountState;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.account.Credential;
import io.doorward.auth.backend.Finding;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.Deadline;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.password.PasswordHasher.UnreadableHash;
import io.doorward.auth.password.PasswordHasher.UnreadableHash.Cause;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts once, page by page, the accounts whose stored hash can match no password, and reports the
 * number at the end. Used by one thread at a time. A page that the database cannot answer is read
 * again at the next turn.
 */
public final class HashCensus {
  /** Number of accounts that one turn reads; each credential is read by primary key. */
  static final int PAGE = 250;

  private static final Logger LOG = LoggerFactory.getLogger(AuthService.class);

  private final AccountStore store;
  private final Function<PasswordHash, Optional<UnreadableHash>> reader;
  private final Consumer<List<Finding>> report;
  private final Map<Cause, Integer> counts = new EnumMap<>(Cause.class);
  private final Map<Cause, String> firstReasons = new EnumMap<>(Cause.class);
  private Optional<AccountId> last = Optional.empty();
  private int hashes;
  private boolean done;

  public HashCensus(
      AccountStore store,
      Function<PasswordHash, Optional<UnreadableHash>> reader,
      Consumer<List<Finding>> report) {
    this.store = store;
    this.reader = reader;
    this.report = report;
  }

  /** Takes one turn: at most a page, and not past the deadline. Does nothing once all is seen. */
  public void turn(Deadline deadline) {
    if (done) {
      return;
    }
    try {
      List<AccountState> page = store.page(last, PAGE, deadline);
      for (AccountState account : page) {
        store.find(account.account(), deadline).map(Credential::hash).ifPresent(this::count);
        last = Optional.of(account.account());
      }
      if (page.size() < PAGE) {
        finish();
      }
    } catch (StoreException e) {
      LOG.debug("Stored hashes could not be read; the count goes on at its next turn", e);
    }
  }

  private void count(PasswordHash hash) {
    hashes++;
    reader
        .apply(hash)
        .ifPresent(
            why -> {
              counts.merge(why.cause(), 1, Integer::sum);
              firstReasons.putIfAbsent(why.cause(), why.detail());
            });
  }

  private void finish() {
    done = true;
    if (counts.isEmpty()) {
      LOG.info("All {} stored password hashes can be read", hashes);
      report.accept(List.of());
      return;
    }
    int unreadable = counts.values().stream().mapToInt(Integer::intValue).sum();
    StringJoiner causes = new StringJoiner("; ");
    counts.forEach(
        (cause, count) ->
            causes.add(count + " " + word(cause) + ", the first " + firstReasons.get(cause)));
    report.accept(
        List.of(
            Finding.warning(
                "passwords.unreadable",
                unreadable
                    + " of "
                    + hashes
                    + " stored password hashes can match no password, and those accounts are refused"
                    + " as for a wrong one ("
                    + causes
                    + ")",
                "Let those accounts set a new password, or bring a PasswordHasher that reads what they"
                    + " have")));
  }

  private static String word(Cause cause) {
    return cause.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
