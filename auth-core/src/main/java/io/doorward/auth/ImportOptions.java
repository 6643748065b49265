package io.doorward.auth;

import static java.util.Objects.requireNonNull;

import io.doorward.auth.ImportResult.Progress;
import io.doorward.auth.ImportResult.Refused;
import java.util.function.Consumer;

/**
 * What an import of accounts tells while it runs. Immutable and thread-safe; both functions are
 * called on the thread of the import, and what they throw ends it.
 *
 * @param refused receives every account that is not imported, in the order of their numbers within
 *     a batch; for instance it writes a file
 * @param progress receives the totals after each batch
 */
public record ImportOptions(Consumer<Refused> refused, Consumer<Progress> progress) {
  /**
   * Checks that nothing is missing.
   *
   * @param refused see the type
   * @param progress see the type
   */
  public ImportOptions {
    requireNonNull(refused, "refused");
    requireNonNull(progress, "progress");
  }

  /**
   * Returns options with a receiver of what is refused, which tell nothing of progress.
   *
   * @param refused receives every account that is not imported
   * @return the options
   */
  public static ImportOptions refused(Consumer<Refused> refused) {
    return new ImportOptions(refused, progress -> {});
  }

  /**
   * Returns options that also tell of progress.
   *
   * @param next receives the totals after each batch
   * @return new options
   */
  public ImportOptions withProgress(Consumer<Progress> next) {
    return new ImportOptions(refused, next);
  }
}
