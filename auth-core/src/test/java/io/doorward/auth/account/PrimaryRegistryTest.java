package io.doorward.auth.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.doorward.auth.account.PrimaryRegistry.Primary;
import io.doorward.auth.account.PrimaryRegistry.Registration;
import io.doorward.auth.account.PrimaryRegistry.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class PrimaryRegistryTest {
  private static final String NONE = "0".repeat(40);

  private final List<Registration> all = new ArrayList<>();

  private static String name(int number) {
    return String.format(Locale.ROOT, "%040d", number);
  }

  private static Primary alone(int identity, int history, int previous) {
    return new Primary(name(identity), name(history), name(previous), true);
  }

  private static Primary shard(int identity, int history, int previous) {
    return new Primary(name(identity), name(history), name(previous), false);
  }

  private Registration registered(Primary primary) {
    Registration registration =
        new Registration(primary, all.size() + 1, 0, Duration.ZERO, State.ADMITTED);
    all.add(0, registration);
    return registration;
  }

  @Test
  void theOnlyPrimaryIsThePresentOne() {
    assertThat(registered(alone(1, 1, 0)).isSuperseded(all)).isFalse();
  }

  @Test
  void whereThereIsOneAtATimeTheNewestIsThePresentOne() {
    Registration old = registered(alone(1, 1, 0));
    Registration present = registered(alone(2, 2, 0));

    assertThat(old.isSuperseded(all)).isTrue();
    assertThat(present.isSuperseded(all)).isFalse();
  }

  @Test
  void aPromotedReplicaSupersedesItsPrimaryWhicheverWasMetFirst() {
    Registration promoted = registered(alone(2, 2, 1));
    Registration old = registered(alone(1, 1, 0));

    assertThat(old.isSuperseded(all)).isTrue();
    assertThat(promoted.isSuperseded(all)).isFalse();
  }

  @Test
  void primariesThatShareTheKeysDoNotSupersedeEachOther() {
    Registration first = registered(shard(1, 1, 0));
    Registration second = registered(shard(2, 2, 0));

    assertThat(first.isSuperseded(all)).isFalse();
    assertThat(second.isSuperseded(all)).isFalse();
  }

  @Test
  void inAClusterAPromotedReplicaSupersedesItsOwnPrimaryOnly() {
    Registration first = registered(shard(1, 1, 0));
    Registration other = registered(shard(2, 2, 0));
    Registration promoted = registered(shard(3, 3, 1));

    assertThat(first.isSuperseded(all)).isTrue();
    assertThat(other.isSuperseded(all)).isFalse();
    assertThat(promoted.isSuperseded(all)).isFalse();
  }

  @Test
  void noContinuedHistoryIsNotAHistory() {
    Registration first = registered(shard(1, 1, 0));
    Registration nameless = registered(new Primary(name(7), NONE, NONE, false));
    Registration second = registered(shard(2, 2, 0));

    assertThat(first.isSuperseded(all)).isFalse();
    assertThat(nameless.isSuperseded(all)).isFalse();
    assertThat(second.isSuperseded(all)).isFalse();
  }

  @Test
  void aPrimaryThatRestartedUnderItsOldHistoryIsThePresentOne() {
    Registration before = registered(alone(1, 1, 0));
    Registration after = registered(alone(2, 1, 0));

    assertThat(before.isSuperseded(all)).isTrue();
    assertThat(after.isSuperseded(all)).isFalse();
  }

  @Test
  void aServerThatIsNotNamedInHexadecimalDigitsIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Primary("x", name(1), name(2), true))
        .withMessage("identity must be 40 hexadecimal digits: x");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Primary(name(1), name(1) + "0", name(2), true))
        .withMessageStartingWith("history must be");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Primary(name(1), name(1), "", true))
        .withMessageStartingWith("previous must be");
  }
}
