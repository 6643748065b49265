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
    assertThat(TenantId.parse(bad)).isEmpty();
    assertThatThrownBy(() -> new TenantId(bad)).hasMessageContaining("tenantId");
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
    assertThat(TenantId.parse(longest)).hasValue(new TenantId(longest));
    assertThat(TenantId.parse(longest + "a")).isEmpty();
    assertThat(AccountId.parse(longest + "a")).isEmpty();
    assertThat(AccountId.parse(longest + "." + longest)).isPresent();
    assertThat(AccountId.parse(longest + "a." + longest)).isEmpty();
    assertThat(AccountId.parse(longest + "." + longest + "a")).isEmpty();
    assertThat(AccountId.parse("a." + "b".repeat(1_000_000))).isEmpty();
    assertThat(SessionId.parse(longest + "a")).isEqualTo(Optional.empty());
    assertThat(OperationId.parse(longest + "a")).isEmpty();
    assertThatThrownBy(() -> new SessionId(longest + "a")).hasMessageNotContaining("aaa");
  }

  @Test
  void anAccountIsInOneTenant() {
    TenantId north = new TenantId("north");
    AccountId account = AccountId.of(north, "a-1");

    assertThat(account.value()).isEqualTo("north.a-1");
    assertThat(account.tenant()).isEqualTo(north);
    assertThat(account.local()).isEqualTo("a-1");
    assertThat(account.isIn(north)).isTrue();
    assertThat(account.isIn(TenantId.DEFAULT)).isFalse();
    assertThat(account.isIn(new TenantId("nort"))).isFalse();
    assertThat(AccountId.parse(account.value())).hasValue(account);
    assertThat(AccountId.random(north).tenant()).isEqualTo(north);
    assertThat(AccountId.random(north).local()).hasSize(36);
  }

  @Test
  void theDefaultTenantIsNotSpeltOut() {
    AccountId account = AccountId.of(TenantId.DEFAULT, "a-1");

    assertThat(account).isEqualTo(new AccountId("a-1"));
    assertThat(account.tenant()).isEqualTo(TenantId.DEFAULT);
    assertThat(account.local()).isEqualTo("a-1");
    assertThat(account.isIn(TenantId.DEFAULT)).isTrue();
    assertThat(account.isIn(new TenantId("a-1"))).isFalse();
    assertThat(AccountId.random().tenant()).isEqualTo(TenantId.DEFAULT);
    assertThat(AccountId.parse("default.a-1")).isEmpty();
    assertThatThrownBy(() -> new AccountId("default.a-1")).hasMessageContaining("accountId");
  }

  @ParameterizedTest
  @ValueSource(strings = {".", ".a", "a.", "a.b.c", "a..b", "n orth.a", "north.a b", "\u00e4.b"})
  void tenantAndLocalIdHaveTheAlphabet(String bad) {
    assertThat(AccountId.parse(bad)).isEmpty();
    assertThatThrownBy(() -> new AccountId(bad)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> AccountId.of(TenantId.DEFAULT, bad)).hasMessageContaining("local");
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
