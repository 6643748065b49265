package io.doorward.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What docs/servlet.md says is what the code does. */
class DocumentationTest {
  /** Tests run in their module's folder. */
  private final String page = read("../docs/servlet.md");

  @Test
  void theExampleIsTheOneThatIsCompiled() {
    String source = read("src/test/java/io/doorward/auth/servlet/MountingExample.java");
    String example = between(source, "// docs: mounting\n", "  // docs: end");
    String quoted =
        between(page, "<!-- example: MountingExample, mounting -->\n```java\n", "```\n");
    assertThat(quoted.indent(2)).isEqualTo(example);
  }

  @ParameterizedTest
  @EnumSource(Problem.class)
  void everyProblemIsDocumented(Problem problem) {
    assertThat(page).contains("`" + problem.code() + "`").contains("| " + problem.status() + " |");
  }

  @Test
  void everyOptionIsDocumented() {
    assertThat(Arrays.stream(WebOptions.Builder.class.getMethods()))
        .filteredOn(method -> method.getReturnType() == WebOptions.Builder.class)
        .isNotEmpty()
        .allSatisfy(method -> assertThat(page).contains("| `" + method.getName() + "("));
  }

  private static String between(String text, String start, String end) {
    int from = text.indexOf(start) + start.length();
    assertThat(from).as("%s is there", start).isGreaterThanOrEqualTo(start.length());
    return text.substring(from, text.indexOf(end, from));
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
