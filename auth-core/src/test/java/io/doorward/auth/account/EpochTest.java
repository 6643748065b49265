package io.doorward.auth.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class EpochTest {
  @Test
  void twoEpochsAreEqualOnlyAsPairs() {
    Epoch epoch = new Epoch(7, "a");

    assertThat(epoch).isEqualTo(new Epoch(7, "a"));
    assertThat(epoch).isNotEqualTo(new Epoch(7, "b"));
    assertThat(epoch).isNotEqualTo(new Epoch(8, "a"));
  }

  @Test
  void anEpochBearsNumberAndTagOfTheVersionThatBeganIt() {
    assertThat(Epoch.of(new CredentialVersion(7, "a"))).isEqualTo(new Epoch(7, "a"));
  }

  @Test
  void whatNoDatabaseGivesIsRefused() {
    assertThatThrownBy(() -> new Epoch(0, "a"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("number must be positive: 0");
    assertThatThrownBy(() -> new Epoch(1, ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("tag must be 1 to 64 characters");
  }
}
