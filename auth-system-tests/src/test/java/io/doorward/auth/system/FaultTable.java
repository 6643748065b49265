package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.system.Fault.Operation;
import io.doorward.auth.system.FaultCells.Cell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Collects what a run sees of each line of docs/faults.md, and writes the page once it has seen
 * every cell. Classes and JVMs of a run meet in a directory that is named after the run, so what an
 * earlier run saw does not count, and a run of some of the tests leaves the page as it is.
 */
final class FaultTable {
  private static final String RUN = "doorward.faults.run";
  private static final String HEAD =
      """
      # Faults

      <!-- Written by the fault suite: change auth-system-tests, not this page. -->

      What every operation answers while something is wrong, as the last run of the fault suite saw it on real servers.
      The faults are real: processes that are killed, frozen and made to refuse, and a proxy that delays, drips, swallows,
      cuts and resets ([test kit](testkit.md)). What is promised for whole outages is a table in
      [architecture](architecture.md); this is the long form of it.

      A cell with two words says first what happens where sessions are in Redis only (`RedisTokenStore`), then what happens
      where they are durable (`DurableTokenStore`).

      | word | meaning |
      |---|---|
      | by cache, by PostgreSQL | logged in, with the credential that Redis or that PostgreSQL has |
      | passes | the request is who it says; the refresh token was exchanged |
      | done | done, and no node accepts what was ended or replaced |
      | done, pending | done; Redis could not be told yet, and will be (`cachePending`) |
      | limits | wrong passwords are counted by all nodes together, and refused at the budget |
      | limits alone | as before, and each node counts by itself |
      | limits, one guess late at most | what was lost on the way once was counted by one node, so that one guess more was compared |
      | finished | the other nodes finish it, or it never was: nothing is half done |
      | stays done, may be undone | what was ended or changed before stays so, or lives again as [sessions](sessions.md) say |
      | counts anew | the failures before are forgotten with the Redis that had counted them |
      | duplicate | one gets the address, all others are told that it is taken |
      | shared reads | the callers share reads of one row |
      | nobody else's | every answer names who has asked, or is 503 |
      | typed, flag kept | a value is answered in time, and the thread is still interrupted |
      | 401 | refused: the session or the password is over, or never was; or no key of this node has signed the token |
      | 503 | unavailable, with `Retry-After`: nothing is refused, nothing is counted, no session or cookie ends |

      Whatever the word, each cell was seen to hold this, too: the answer is a value and no exception; it comes by the
      deadline; no wrong password opens anything; a right one is not refused afterwards for what failed meanwhile; a session
      that was not ended lives on (but for one that only Redis had and lost); who was told that a password has changed
      finds that the old one is dead. And when the fault is over, the same service answers everything as ever within five
      seconds, by itself.

      """;
  private static final String COMMAND =
      """

      ## How to see it again

      `mvn -ntp verify` runs the suite with everything else. This runs it alone, and writes this page:

      ```
      mvn -ntp verify -pl auth-system-tests -am -Dtest=NoUnitTest \\
        -Dit.test=FaultMatrixIT,FaultScenariosIT,FaultFailoverIT,FaultClusterIT,PgBouncerIT \\
        -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false -Djacoco.skip
      ```

      One line needs PgBouncer, which Maven cannot bring: without it a run leaves that line out. A run that fails, or that
      runs some of it only, leaves the page as it is. No cell depends on time or chance: if a run
      changes the page, the library's behaviour has changed.
      """;

  private FaultTable() {}

  /** What is seen of one line. Thread-safe. */
  static final class Line {
    private final FaultCase line;
    private final Map<Sessions, Map<Operation, String>> seen = new EnumMap<>(Sessions.class);

    private Line(FaultCase line) {
      this.line = line;
      FaultCells.HOMES.forEach(home -> seen.put(home, new EnumMap<>(Operation.class)));
    }

    /** Remembers what was seen, and all of it where that is not always the same. */
    synchronized Line saw(Sessions home, Operation operation, String word) {
      seen.get(home)
          .merge(operation, word, (old, now) -> old.equals(now) ? old : old + " and " + now);
      return this;
    }

    /** Remembers the same of both homes. */
    Line saw(Operation operation, String word) {
      FaultCells.HOMES.forEach(home -> saw(home, operation, word));
      return this;
    }

    /** Demands that all was seen that the line says, no more and nothing else, and keeps it. */
    synchronized void end() {
      Map<Sessions, Map<Operation, String>> expected = new EnumMap<>(Sessions.class);
      for (Sessions home : FaultCells.HOMES) {
        Map<Operation, String> words = new EnumMap<>(Operation.class);
        for (Operation operation : Operation.values()) {
          Cell cell = line.cells().of(home, operation);
          if (!cell.isReason()) {
            words.put(operation, cell.text());
          }
        }
        expected.put(home, words);
      }
      assertThat(seen).as(line.name()).isEqualTo(expected);
      keep(line, runDirectory(), pageFile());
    }
  }

  static Line of(FaultCase line) {
    return new Line(line);
  }

  /** Without a name of the run, what another JVM has seen does not count. */
  private static Path runDirectory() {
    String run = System.getProperty(RUN, "jvm-" + ProcessHandle.current().pid());
    return Path.of("target", "faults", run.replace(':', '-'));
  }

  /** Remembers that a line was seen; the last one writes the page. */
  static void keep(FaultCase line, Path run, Path page) {
    try {
      Files.createDirectories(run);
      Files.writeString(run.resolve(line.name()), "");
      if (Stream.of(FaultCase.values()).allMatch(each -> Files.exists(run.resolve(each.name())))) {
        // Not a temporary file, which nobody else may read.
        Path fresh = run.resolve("page.md");
        Files.writeString(fresh, page());
        Files.move(fresh, page, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path pageFile() {
    return Path.of("..", "docs", "faults.md");
  }

  /** The page of a run that has seen everything. */
  static String page() {
    List<String> notes = new ArrayList<>();
    StringBuilder page = new StringBuilder(HEAD);
    page.append("| | fault |");
    for (Operation operation : Operation.values()) {
      page.append(' ').append(operation.title()).append(" |");
    }
    page.append("\n|---|---|").append("---|".repeat(Operation.values().length)).append('\n');
    for (FaultCase line : FaultCase.values()) {
      page.append("| ")
          .append(line.fault())
          .append(" | ")
          .append(line.fault().title())
          .append(line.text().isEmpty() ? "" : ": " + line.text())
          .append(" |");
      for (Operation operation : Operation.values()) {
        page.append(' ').append(cell(line, operation, notes)).append(" |");
      }
      page.append('\n');
    }
    page.append("\nNotes:\n\n");
    for (int i = 0; i < notes.size(); i++) {
      page.append(wrapped((i + 1) + ". " + notes.get(i)));
    }
    return page.append(COMMAND).toString();
  }

  private static String cell(FaultCase line, Operation operation, List<String> notes) {
    String inRedis = text(line.cells().of(Sessions.IN_REDIS, operation), notes);
    String durable = text(line.cells().of(Sessions.DURABLE, operation), notes);
    return inRedis.equals(durable) ? inRedis : inRedis + " / " + durable;
  }

  private static String text(Cell cell, List<String> notes) {
    if (!cell.isReason()) {
      return cell.text();
    }
    if (!notes.contains(cell.text())) {
      notes.add(cell.text());
    }
    return "(" + (notes.indexOf(cell.text()) + 1) + ")";
  }

  private static String wrapped(String text) {
    StringBuilder lines = new StringBuilder();
    int width = 0;
    for (String word : text.split(" ", -1)) {
      if (width > 0 && width + 1 + word.length() > 120) {
        lines.append("\n   ");
        width = 3;
      } else if (width > 0) {
        lines.append(' ');
        width++;
      }
      lines.append(word);
      width += word.length();
    }
    return lines.append('\n').toString();
  }
}
