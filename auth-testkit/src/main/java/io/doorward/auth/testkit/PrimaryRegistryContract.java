package io.doorward.auth.testkit;

import static io.doorward.auth.testkit.Fixtures.SIXTEEN;
import static io.doorward.auth.testkit.Fixtures.deadline;
import static io.doorward.auth.testkit.Fixtures.expired;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.doorward.auth.account.PrimaryRegistry;
import io.doorward.auth.account.PrimaryRegistry.Primary;
import io.doorward.auth.account.PrimaryRegistry.Registration;
import io.doorward.auth.account.PrimaryRegistry.State;
import io.doorward.auth.base.OperationId;
import io.doorward.auth.base.StoreException;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests the contract of every {@link PrimaryRegistry}. Extend it, name the registry, and run it.
 */
@Tag("contract")
public abstract class PrimaryRegistryContract {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int KEPT = 64;
  private static final int KEPT_WAITING = 16;
  private static final String NONE = "0".repeat(40);

  /** Longer than any test takes. */
  private static final Duration LONG = Duration.ofHours(1);

  /** Over as soon as the next statement runs. */
  private static final Duration SHORT = Duration.ofMillis(1);

  private final String cache = "cache-" + OperationId.random().value();

  /** For sub-classes. */
  protected PrimaryRegistryContract() {}

  /**
   * Returns the registry under test.
   *
   * @return a registry, which need not be empty
   */
  protected abstract PrimaryRegistry registry();

  private static String name() {
    byte[] bytes = new byte[20];
    RANDOM.nextBytes(bytes);
    return String.format(Locale.ROOT, "%040x", new BigInteger(1, bytes));
  }

  private static Primary primary() {
    return new Primary(name(), name(), NONE, true);
  }

  private static Primary after(Primary before) {
    return new Primary(name(), name(), before.history(), true);
  }

  private static Primary oneOfMany() {
    return new Primary(name(), name(), NONE, false);
  }

  /** The primaries that may be used. */
  private static List<Primary> present(List<Registration> all) {
    return all.stream().filter(each -> !each.isSuperseded(all)).map(Registration::primary).toList();
  }

  private List<Primary> present() {
    return present(registry().list(cache, deadline()));
  }

  private List<Registration> register(Primary primary) {
    return registry().register(cache, primary, LONG, deadline());
  }

  private static List<Primary> primaries(List<Registration> registrations) {
    return registrations.stream().map(Registration::primary).toList();
  }

  @Test
  void nothingIsRegisteredAtFirst() {
    assertThat(registry().list(cache, deadline())).isEmpty();
  }

  @Test
  void whatIsRegisteredIsListedAsItDescribedItself() {
    Primary alone = primary();
    Primary oneOfMany = new Primary(name(), name(), name(), false);

    assertThat(primaries(registry().register(cache, alone, LONG, deadline())))
        .containsExactly(alone);
    assertThat(primaries(registry().register(cache, oneOfMany, LONG, deadline())))
        .containsExactly(oneOfMany, alone);
    assertThat(primaries(registry().list(cache, deadline()))).containsExactly(oneOfMany, alone);
  }

  @Test
  void anOldPrimaryThatIsMetAgainStaysOld() {
    Primary old = primary();
    Primary present = after(old);
    register(old);
    register(present);

    List<Registration> again = register(old);

    assertThat(primaries(again)).containsExactly(present, old);
    assertThat(again.get(0).number()).isGreaterThan(again.get(1).number());
    assertThat(present(again)).containsExactly(present);
  }

  @Test
  void anOldPrimaryThatIsMetLateWaitsForNothingAndStaysOld() {
    Primary old = primary();
    Primary present = after(old);
    register(present);

    List<Registration> late = register(old);

    assertThat(late)
        .filteredOn(each -> each.primary().equals(old))
        .extracting(Registration::state)
        .containsExactly(State.ADMITTED);
    assertThat(present(late)).containsExactly(present);
  }

  @Test
  void aPrimaryThatContinuesThePresentOneTakesOverAtOnce() {
    Primary first = primary();
    Primary second = after(first);
    Primary sameHistory = new Primary(name(), second.history(), NONE, true);
    register(first);

    assertThat(present(register(second))).containsExactly(second);
    assertThat(present(register(sameHistory))).containsExactly(sameHistory);
  }

  @Test
  void aStrangerTakesNothingOverFromAPrimaryThatIsAlive() {
    Primary present = primary();
    Primary stranger = primary();
    register(present);

    List<Registration> all = register(stranger);

    assertThat(all)
        .filteredOn(each -> each.primary().equals(stranger))
        .extracting(Registration::state)
        .containsExactly(State.WAITING);
    assertThat(present(all)).containsExactly(present);
    assertThat(present(register(after(stranger)))).as("nor does its heir").containsExactly(present);
  }

  @Test
  void aStrangerTakesOverOnceThePresentPrimaryIsNotSeenAnyMore() {
    Primary restarted = primary();
    register(primary());
    register(restarted);

    await()
        .until(
            () -> present(registry().register(cache, restarted, SHORT, deadline())),
            List.of(restarted)::equals);

    Registration admitted = registry().list(cache, deadline()).get(0);
    assertThat(admitted.primary()).as("the newest by now").isEqualTo(restarted);
    assertThat(admitted.age()).isLessThan(Duration.ofSeconds(30));
  }

  @Test
  void aPrimaryThatIsSeenAliveIsNotTakenOverFrom() {
    Primary present = primary();
    Primary stranger = primary();
    Duration wait = Duration.ofMillis(500);
    register(present);
    registry().register(cache, stranger, wait, deadline());
    long met = System.nanoTime();

    while (System.nanoTime() - met < wait.multipliedBy(3).toNanos()) {
      registry().seen(cache, present.identity(), deadline());
      assertThat(present(registry().register(cache, stranger, wait, deadline())))
          .containsExactly(present);
    }
  }

  @Test
  void aWithdrawnPrimarySupersedesNothingAndStaysWithdrawn() {
    Primary right = primary();
    Primary wrong = after(right);
    register(right);
    long term = register(wrong).get(0).term();

    assertThat(registry().withdraw(cache, wrong.identity(), deadline())).isTrue();

    assertThat(present()).containsExactly(right);
    assertThat(registry().list(cache, deadline()))
        .extracting(Registration::term)
        .containsOnly(term + 1);
    assertThat(present(register(wrong))).containsExactly(right);
    assertThat(registry().withdraw(cache, wrong.identity(), deadline())).as("again").isFalse();
    assertThat(registry().withdraw(cache, name(), deadline())).as("unknown").isFalse();
    assertThat(registry().list(cache, deadline()))
        .extracting(Registration::term)
        .containsOnly(term + 1);
    assertThat(register(after(right)).get(0).term()).as("of what comes later").isEqualTo(term + 1);
  }

  @Test
  void ageBeginsAnewWhenARegistrationIsWithdrawn() {
    Primary right = primary();
    Primary wrong = after(right);
    register(right);
    register(wrong);
    await()
        .until(
            () ->
                registry().list(cache, deadline()).get(1).age().compareTo(Duration.ofMillis(300))
                    > 0);
    Duration before = registry().list(cache, deadline()).get(1).age();

    registry().withdraw(cache, wrong.identity(), deadline());

    assertThat(registry().list(cache, deadline()))
        .filteredOn(each -> each.primary().equals(right))
        .singleElement()
        .extracting(Registration::age)
        .satisfies(age -> assertThat(age).isLessThan(before));
  }

  @Test
  void cachesAreKeptApart() {
    registry().register(cache, primary(), LONG, deadline());

    assertThat(registry().list(cache + "-other", deadline())).isEmpty();
  }

  @Test
  void ageIsTheTimeForWhichEveryNodeCouldSeeIt() {
    Primary primary = primary();
    Duration first = registry().register(cache, primary, LONG, deadline()).get(0).age();

    assertThat(first).isBetween(Duration.ZERO, Duration.ofSeconds(30));
    await()
        .untilAsserted(
            () ->
                assertThat(registry().register(cache, primary, LONG, deadline()).get(0).age())
                    .isGreaterThan(first.plusMillis(50)));
  }

  @Test
  void sixteenNodesThatMeetOnePrimaryMakeOneRegistration() {
    Primary primary = primary();

    List<List<Registration>> seen =
        Concurrently.call(SIXTEEN, () -> registry().register(cache, primary, LONG, deadline()));

    assertThat(seen).allSatisfy(all -> assertThat(primaries(all)).containsExactly(primary));
  }

  @Test
  void theOldestAreForgotten() {
    for (int i = 0; i < KEPT; i++) {
      register(oneOfMany());
    }
    Primary newest = oneOfMany();

    List<Registration> kept = registry().register(cache, newest, LONG, deadline());

    assertThat(kept).hasSize(KEPT);
    assertThat(kept.get(0).primary()).isEqualTo(newest);
    assertThat(registry().list(cache, deadline())).hasSize(KEPT);
  }

  @Test
  void primariesThatWaitDisplaceNoneThatIsPresent() {
    Primary present = primary();
    register(present);
    for (int i = 0; i < KEPT_WAITING; i++) {
      register(primary());
    }
    Primary newest = primary();

    List<Registration> kept = register(newest);

    assertThat(kept).hasSize(1 + KEPT_WAITING);
    assertThat(kept.get(0).primary()).isEqualTo(newest);
    assertThat(present(kept)).containsExactly(present);
  }

  @Test
  void aPassedDeadlineIsAStoreException() {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> registry().list(cache, expired()));
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> registry().register(cache, primary(), LONG, expired()));
    assertThat(registry().list(cache, deadline())).isEmpty();
  }
}
