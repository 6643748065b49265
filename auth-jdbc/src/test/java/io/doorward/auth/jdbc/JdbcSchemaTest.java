package io.doorward.auth.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JdbcSchemaTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "A", "1a", "a-b", "a\"; DROP TABLE x; --", "a.b", "a b", "\u00e9"})
  void aNameOfAnotherFormIsRefused(String name) {
    assertThatThrownBy(() -> JdbcSchema.of(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("schema must match ");
  }

  @Test
  void aNameHasAtMostThirtyOneCharacters() {
    String longest = "a".repeat(31);
    assertThat(new JdbcSchema(longest, longest).sql("{outbox}"))
        .isEqualTo('"' + longest + "\".\"" + longest + "outbox\"");
    assertThatThrownBy(() -> JdbcSchema.of("public").withPrefix("a".repeat(32)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("prefix must match ");
  }

  @Test
  void everyTableIsNamedInFull() {
    assertThat(JdbcSchema.defaults().sql("SELECT '{}' FROM {accounts} a, {user_profiles}"))
        .isEqualTo("SELECT '{}' FROM \"doorward\".\"accounts\" a, \"doorward\".\"user_profiles\"");
  }

  @Test
  void migrationsLeaveNoPlaceholderBehind() {
    for (Migrations.Migration migration : Migrations.ALL) {
      assertThat(migration.render(JdbcSchema.defaults().withPrefix("p_")))
          .doesNotContain("${")
          .contains("\"doorward\".\"p_schema_history\"");
    }
  }
}
