package io.doorward.auth.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "a b", "a:b", "{a}", "a\u0000", "\u00e4", "a\n", "..", "a/b", "\u0661"})
  void idsHaveOneAlphabet(String bad) {
    assertThat(AccountId.parse(bad)).isEmpty();
    assertThat(SessionId.parse(bad)).isEmpty();
    assertThat(OperationId.parse(bad)).isEmpty();
    assertThatThrownBy(() -> new AccountId(bad)).hasMessageContaining("accountId");
    assertThatThrownBy(() -> new SessionId(bad)).hasMessageContaining("sessionId");
    assertThatThrownBy(() -> new OperationId(bad)).hasMessageContaining("operationId");
  }

  @Test
  void idsHaveOneToSixtyFourCharacters() {
    String longest = "a".repeat(64);

    assertThat(AccountId.parse(longest)).hasValue(new AccountId(longest));
    assertThat(SessionId.parse(longest)).hasValue(new SessionId(longest));
    assertThat(OperationId.parse(longest)).hasValue(new OperationId(longest));
    assertThat(AccountId.parse(longest + "a")).isEmpty();
    assertThat(SessionId.parse(longest + "a")).isEqualTo(Optional.empty());
    assertThat(OperationId.parse(longest + "a")).isEmpty();
    assertThatThrownBy(() -> new SessionId(longest + "a")).hasMessageNotContaining("aaa");
  }

  @Test
  void manyThreadsAtOnceDrawDifferentIds() {
    List<String> drawn =
        IntStream.range(0, 20_000).parallel().mapToObj(i -> SessionId.random().value()).toList();

    assertThat(drawn).doesNotHaveDuplicates().allMatch(id -> id.length() == 22);
  }

  @Test
  void randomIdsAreNeverTheSameAndReadBack() {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      assertThat(seen.add(AccountId.random().value())).isTrue();
      assertThat(seen.add(SessionId.random().value())).isTrue();
      assertThat(seen.add(OperationId.random().value())).isTrue();
    }
    assertThat(seen).allMatch(id -> SessionId.parse(id).isPresent());
    assertThat(SessionId.random().value()).hasSize(22);
    assertThat(AccountId.random().value()).hasSize(36);
    assertThat(new AccountId("a-1")).hasToString("a-1");
  }
}
