package io.doorward.auth.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CredentialVersionTest {
  @Test
  void twoStatesAreTheSameOnlyIfNumberAndTagAre() {
    CredentialVersion version = new CredentialVersion(7, "a");

    assertThat(version).isEqualTo(new CredentialVersion(7, "a"));
    assertThat(version).isNotEqualTo(new CredentialVersion(7, "b"));
    assertThat(version).isNotEqualTo(new CredentialVersion(8, "a"));
  }

  @Test
  void whatIsNotAVersionIsRefused() {
    assertThatThrownBy(() -> new CredentialVersion(0, "a"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("number must be positive: 0");
    assertThatThrownBy(() -> new CredentialVersion(1, ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tag must be 1 to 64 characters of A-Z a-z 0-9 _ -");
  }
}
