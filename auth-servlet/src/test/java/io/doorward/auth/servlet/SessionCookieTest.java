package io.doorward.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.doorward.auth.session.AccessToken;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SessionCookieTest {
  private static final String NAME = "__Host-doorward";
  private static final int ROOM = 4096 - NAME.length();

  private final SessionCookie cookie = new SessionCookie(NAME, SameSite.LAX);

  @Test
  void aTokenThatJustFitsIsSet() {
    String token = "x".repeat(ROOM);
    assertThat(cookie.set(AccessToken.of(token), Optional.empty()))
        .startsWith(NAME + "=" + token + "; Path=/");
  }

  @Test
  void aTokenThatNoBrowserWouldKeepIsRefusedAndNotTold() {
    String token = "x".repeat(ROOM + 1);
    assertThatIllegalStateException()
        .isThrownBy(() -> cookie.set(AccessToken.of(token), Optional.empty()))
        .withMessageEndingWith(": 4097")
        .withMessageNotContaining("xx");
  }
}
