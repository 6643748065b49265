package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.AuthService;
import io.doorward.auth.account.Outbox;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Everything that can go wrong has a text, and docs/errors.md is what the code says. With {@code
 * -Ddoorward.errors.write=true} the page is written anew.
 */
class ErrorsPageTest {
  @Test
  void everythingHasAText() throws Exception {
    assertThat(ErrorsPage.write().missing())
        .as("in the code and not in errors.txt: say there what it means and what to do")
        .isEmpty();
  }

  @Test
  void everyTextIsOfSomething() throws Exception {
    assertThat(ErrorsPage.write().unknown()).as("in errors.txt and not in the code").isEmpty();
  }

  @Test
  void thePageIsTheOneOfThisCode() throws Exception {
    String page = ErrorsPage.write().page();
    if (Boolean.getBoolean("doorward.errors.write")) {
      Files.writeString(ErrorsPage.file(), page);
    }

    assertThat(Files.readString(ErrorsPage.file()))
        .as("docs/errors.md is written by this test; CONTRIBUTING.md has the command")
        .isEqualTo(page);
  }

  @Test
  void nothingIsLeftOutSilently() throws Exception {
    assertThat(ErrorCatalogue.results())
        .hasSizeGreaterThanOrEqualTo(17)
        .contains(AuthService.SignUpResult.class)
        .doesNotContainAnyElementsOf(ErrorCatalogue.BETWEEN_STORES_AND_ENGINE)
        .doesNotContain(Outbox.Outcome.class);
    assertThat(ErrorCatalogue.events()).hasSizeGreaterThanOrEqualTo(40);
    assertThat(ErrorCatalogue.reasons()).containsAll(ErrorCatalogue.NO_REASONS);
    assertThat(ErrorCatalogue.problems()).hasSizeGreaterThanOrEqualTo(28);
    assertThat(ErrorCatalogue.findings())
        .hasSizeGreaterThanOrEqualTo(30)
        .containsEntry("postgresql.pool", Set.of("note", "warning"))
        .containsEntry("redis.access", Set.of("warning"));
    assertThat(ErrorCatalogue.messages()).hasSizeGreaterThanOrEqualTo(40);
  }

  @Test
  void messagesAreReadFromSource() {
    String source =
        """
        throw new Failure("plain");
        throw new Failure("a " + b("x, y") + " c" + d, cause);
        throw new Failure(one != null ? "is \\"one\\"" : "is " + '"' + two);
        throw new Failure(what + " is not set" + ADVICE);
        throw new Failure(message);
        """;

    assertThat(ThrownMessages.in(source, "Failure"))
        .containsExactlyElementsOf(
            List.of("plain", "a ... c...", "is \"one\"", "is ...", "... is not set...", "..."));
  }
}
