package io.doorward.auth.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.doorward.auth.event.ServiceEvent.CleanedUp;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AuthListenerTest {
  @Test
  void whatAGuardedListenerThrowsReachesNobody() {
    List<AuthEvent> heard = new ArrayList<>();
    AuthListener listener =
        AuthListener.guarded(
            event -> {
              heard.add(event);
              throw new IllegalStateException("thrown by the test");
            });

    assertThatCode(() -> listener.on(new CleanedUp(1, 2, 3))).doesNotThrowAnyException();
    assertThat(heard).containsExactly(new CleanedUp(1, 2, 3));
  }

  @Test
  void aListenerIsGuardedOnce() {
    AuthListener guarded = AuthListener.guarded(AuthListener.none());

    assertThat(AuthListener.guarded(guarded)).isSameAs(guarded);
  }

  @Test
  void aListenerThatIsNullIsRefused() {
    assertThatThrownBy(() -> AuthListener.guarded(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("listener");
  }

  @Test
  void allHearEvenIfOneOfThemThrows() {
    List<String> heard = new ArrayList<>();
    AuthListener all =
        AuthListener.all(
            event -> heard.add("first"),
            event -> {
              throw new AssertionError("thrown by the test");
            },
            event -> heard.add("last"));

    assertThatCode(() -> all.on(new CleanedUp(1, 2, 3))).doesNotThrowAnyException();
    assertThat(heard).containsExactly("first", "last");
  }

  @Test
  void noneOfAllMayBeNull() {
    assertThatThrownBy(() -> AuthListener.all(AuthListener.none(), null))
        .isInstanceOf(NullPointerException.class);
    assertThatCode(() -> AuthListener.all().on(new CleanedUp(1, 2, 3))).doesNotThrowAnyException();
  }
}
