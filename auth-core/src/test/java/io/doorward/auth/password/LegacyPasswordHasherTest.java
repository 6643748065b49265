package io.doorward.auth.password;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.password.PasswordHasher.LegacyVerifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LegacyPasswordHasherTest {
  private static final Password RIGHT = Password.parse("correct horse battery").orElseThrow();
  private static final Password WRONG = Password.parse("wrong horse battery").orElseThrow();
  private static final PasswordHash OLD = PasswordHash.of("old:correct horse battery");
  private static final PasswordHash NEW = PasswordHash.of("new:correct horse battery");

  private final List<String> compared = new ArrayList<>();
  private final PasswordHasher present = new Plain();
  private final PasswordHasher hasher = present.withLegacy(new Old());

  /** Compares in clear. */
  private final class Plain implements PasswordHasher {
    @Override
    public PasswordHash hash(Password password) {
      return PasswordHash.of("new:" + password.reveal());
    }

    @Override
    public boolean matches(Password password, PasswordHash hash) {
      compared.add(hash.reveal());
      return hash.reveal().equals("new:" + password.reveal());
    }

    @Override
    public boolean isOutdated(PasswordHash hash) {
      return !hash.reveal().startsWith("new:");
    }

    @Override
    public Optional<UnreadableHash> whyUnreadable(PasswordHash hash) {
      return hash.reveal().startsWith("new:")
          ? Optional.empty()
          : Optional.of(new UnreadableHash(UnreadableHash.Cause.UNKNOWN_SCHEME, "not new"));
    }
  }

  private final class Old implements LegacyVerifier {
    @Override
    public boolean recognises(String encoded) {
      if (encoded.equals("broken")) {
        throw new IllegalStateException("broken");
      }
      return encoded.startsWith("old:");
    }

    @Override
    public boolean matches(Password password, String encoded) {
      compared.add(encoded);
      if (encoded.equals("old:broken")) {
        throw new IllegalStateException("broken");
      }
      return encoded.equals("old:" + password.reveal());
    }

    @Override
    public String decoy() {
      return "old:";
    }
  }

  @Test
  void aLegacyHashIsVerifiedAndReplaced() {
    assertThat(hasher.matches(RIGHT, OLD)).isTrue();
    assertThat(compared).containsExactly("old:correct horse battery");
    assertThat(hasher.isOutdated(OLD)).isTrue();
    assertThat(hasher.whyUnreadable(OLD)).isEmpty();
    assertThat(hasher.hash(RIGHT)).isEqualTo(NEW);
  }

  @Test
  void aPresentHashIsVerifiedAsBefore() {
    assertThat(hasher.matches(RIGHT, NEW)).isTrue();
    assertThat(compared).containsExactly("new:correct horse battery");
    assertThat(hasher.isOutdated(NEW)).isFalse();
    assertThat(hasher.whyUnreadable(PasswordHash.of("other"))).isPresent();
  }

  @Test
  void aRefusalCostsTheSameWhateverHashTheAccountHas() {
    assertThat(hasher.matches(WRONG, OLD)).isFalse();
    assertThat(compared).containsExactly("old:correct horse battery", "");
    compared.clear();
    assertThat(hasher.matches(WRONG, NEW)).isFalse();
    assertThat(compared).containsExactly("new:correct horse battery", "old:");
  }

  @ParameterizedTest
  @ValueSource(strings = {"broken", "old:broken"})
  void aVerifierThatThrowsMatchesNothing(String encoded) {
    assertThat(hasher.matches(RIGHT, PasswordHash.of(encoded))).isFalse();
    assertThat(compared).hasSize(2);
  }

  @Test
  void aDecoyThatIsNotRecognisedIsRefused() {
    LegacyVerifier mistaken =
        new LegacyVerifier() {
          @Override
          public boolean recognises(String encoded) {
            return false;
          }

          @Override
          public boolean matches(Password password, String encoded) {
            return false;
          }

          @Override
          public String decoy() {
            return "old:";
          }
        };
    assertThatThrownBy(() -> present.withLegacy(mistaken))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the decoy of a LegacyVerifier must be a text that it recognises");
  }
}
