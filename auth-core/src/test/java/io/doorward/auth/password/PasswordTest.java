package io.doorward.auth.password;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.password.PasswordPolicy.Refusal;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\u0000",
        "a\u0000",
        "a\u0000b",
        "\ud800",
        "\udc00",
        "a\ud800b",
        "\udc00\ud800",
        "\ud83d",
        "ok\ud83d"
      })
  void whatCannotBeAPasswordIsRefusedWithoutBeingRepeated(String text) {
    assertThat(Password.parse(text)).isEmpty();
    assertThatThrownBy(() -> Password.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("password must have 1 to 1024 characters");
  }

  @Test
  void composedAndDecomposedLettersAreTheSame() {
    Password composed = Password.of("p\u00e4ssw\u00f6rd \u1e69 \uac00");
    Password decomposed = Password.of("pa\u0308sswo\u0308rd s\u0307\u0323 \u1100\u1161");

    assertThat(decomposed).isEqualTo(composed).hasSameHashCodeAs(composed);
    assertThat(decomposed.reveal()).isEqualTo(composed.reveal());
  }

  @Test
  void nothingElseIsChanged() {
    for (String text :
        new String[] {" leading and trailing ", "UPPER", "\uff41", "\ufb01", "\t\r\n", "\u200b"}) {
      assertThat(Password.of(text).reveal()).isEqualTo(text);
    }
    assertThat(Password.of("Password")).isNotEqualTo(Password.of("password"));
    assertThat(Password.of("\uff41")).isNotEqualTo(Password.of("a"));
    assertThat(Password.of("x ")).isNotEqualTo(Password.of("x"));
  }

  @Test
  void lengthCountsCodePoints() {
    assertThat(Password.of("\ud83d\ude00\ud83d\ude00a").length()).isEqualTo(3);
    assertThat(Password.of("a\u0308").length()).isEqualTo(1);
  }

  @Test
  void lengthsAreBounded() {
    assertThat(Password.parse("x".repeat(1024))).isPresent();
    assertThat(Password.parse("x".repeat(1025))).isEmpty();
    assertThat(Password.parse("x".repeat(1_000_000))).isEmpty();
    assertThat(Password.parse("\u20ac".repeat(1024))).isPresent();
    // These letters have no composed form: each becomes three characters, six bytes in all or more.
    assertThat(Password.parse("\ufb2c".repeat(600))).isPresent();
    assertThat(Password.parse("\ufb2c".repeat(1024))).isEmpty();
  }

  @Test
  void equalityIsOfTheWholeText() {
    Password password = Password.of("a password");

    assertThat(password).isEqualTo(Password.of("a password"));
    assertThat(password.equals(Password.of("a passwor"))).isFalse();
    assertThat(password.equals(Password.of("a password "))).isFalse();
    assertThat(password.equals((Object) "a password")).isFalse();
    assertThat(password.equals(null)).isFalse();
    PasswordHash hash = PasswordHash.of("$x$");
    assertThat(hash).isEqualTo(PasswordHash.of("$x$")).hasSameHashCodeAs(PasswordHash.of("$x$"));
    assertThat(hash.equals(PasswordHash.of("$x"))).isFalse();
    assertThat(hash.equals((Object) "$x$")).isFalse();
  }

  @Test
  void secretsAreNotPrinted() {
    assertThat(Password.of("a password")).hasToString("Password[hidden]");
    assertThat(PasswordHash.of("$2a$hash")).hasToString("PasswordHash[hidden]");
    assertThatThrownBy(() -> PasswordHash.of("secret".repeat(200)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("encoded must have at most 1024 characters, had 1200");
  }

  @Test
  void theDefaultPolicyAsksForFifteenCharacters() {
    PasswordPolicy policy = PasswordPolicy.defaults();

    assertThat(policy.refuse(Password.of("x".repeat(14)))).hasValue(Refusal.TOO_SHORT);
    assertThat(policy.refuse(Password.of("x".repeat(15)))).isEmpty();
    assertThat(policy.refuse(Password.of("\ud83d\ude00".repeat(14)))).hasValue(Refusal.TOO_SHORT);
    assertThat(policy.refuse(Password.of("\ud83d\ude00".repeat(15)))).isEmpty();
    assertThat(policy.refuse(Password.of("x".repeat(256)))).isEmpty();
    assertThat(policy.refuse(Password.of("x".repeat(257)))).hasValue(Refusal.TOO_LONG);
    assertThat(policy.refuse(Password.of("a tab\tis not typed")))
        .hasValue(Refusal.CONTROL_CHARACTER);
    assertThat(policy.refuse(Password.of("neither is \u0085 this")))
        .hasValue(Refusal.CONTROL_CHARACTER);
    assertThat(policy.refuse(Password.of("spaces and \u00fcml\u00e4uts are"))).isEmpty();
  }

  @Test
  void lengthsOfAPolicyHaveFloors() {
    assertThat(PasswordPolicy.lengths(8, 64).refuse(Password.of("8letters"))).isEmpty();
    for (int[] bad : new int[][] {{7, 64}, {8, 63}, {8, 1025}, {100, 99}}) {
      assertThatThrownBy(() -> PasswordPolicy.lengths(bad[0], bad[1]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(bad[0] + ", " + bad[1]);
    }
  }

  @Test
  void commonPasswordsAreRefusedWholeAndInAnyCase() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("tr"));
      PasswordPolicy policy =
          PasswordPolicy.lengths(8, 64)
              .andNotIn(List.of("Princess1", "INSTITUTION", "stra\u00dfe99"));

      assertThat(policy.refuse(Password.of("princess1"))).hasValue(Refusal.COMMON);
      assertThat(policy.refuse(Password.of("PRINCESS1"))).hasValue(Refusal.COMMON);
      assertThat(policy.refuse(Password.of("institution"))).hasValue(Refusal.COMMON);
      assertThat(policy.refuse(Password.of("STRASSE99"))).hasValue(Refusal.COMMON);
      assertThat(policy.refuse(Password.of("princess12"))).isEmpty();
      assertThat(policy.refuse(Password.of("my princess1"))).isEmpty();
      assertThat(policy.refuse(Password.of("short"))).hasValue(Refusal.TOO_SHORT);
    } finally {
      Locale.setDefault(before);
    }
  }
}
