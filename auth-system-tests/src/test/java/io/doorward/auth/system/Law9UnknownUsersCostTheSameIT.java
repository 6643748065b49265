package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Admin.AccountChangeResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.base.AccountId;
import io.doorward.auth.login.LoginResult;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Law 9: a refusal does not tell whether there is an account, in what it says, in the work that it
 * takes and in when the throttle begins. Each kind of refusal is one path: a cached credential, one
 * that is read, an account that may not log in, and an address that nobody has.
 */
class Law9UnknownUsersCostTheSameIT {
  private static final LoginResult REJECTED = new LoginResult.Rejected();
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final int SAMPLES = 25;

  private static Application application;

  @BeforeAll
  static void start() {
    application = Application.shared(Sessions.DURABLE);
  }

  @AfterAll
  static void end() {
    application.close();
  }

  @Test
  void everyRefusalSaysTheSameAndCostsOneComparison() {
    Node node = patientNode();
    kinds(node)
        .forEach(
            (kind, person) -> {
              int before = node.hasher().comparisons();

              assertThat(node.login(person.guessing())).as(kind).isEqualTo(REJECTED);

              assertThat(node.hasher().comparisons() - before).as(kind).isEqualTo(1);
            });
  }

  @Test
  void theTimesOfRefusalsCannotBeToldApart() {
    Node node = patientNode();
    Map<String, Person> kinds = kinds(node);
    Map<String, Long> work = new LinkedHashMap<>();
    List<String> order = new ArrayList<>(kinds.keySet());
    Random random = new Random(9);
    for (int sample = 0; sample < SAMPLES; sample++) {
      Collections.shuffle(order, random); // a collection of garbage every fourth time hits no kind
      for (String kind : order) {
        work.merge(kind, workOfRefusal(node, kinds.get(kind).guessing()), Math::min);
      }
    }

    assertThat((double) Collections.max(work.values()) / Collections.min(work.values()))
        .as("the costliest kind of refusal over the cheapest, least work of each: %s ns", work)
        .isLessThan(1.25);
  }

  @Test
  void anUnknownAddressIsThrottledAsAKnownOneIs() {
    Node node =
        application.node(
            new Application.Setup().budgets(Application.budgets(3, Duration.ofMinutes(5))));
    kinds(node)
        .forEach(
            (kind, person) -> {
              List<String> answers = new ArrayList<>();
              for (int guess = 0; guess < 4; guess++) {
                answers.add(node.login(person.guessing()).getClass().getSimpleName());
              }

              assertThat(answers)
                  .as(kind)
                  .containsExactly("Rejected", "Rejected", "Rejected", "Throttled");
            });
  }

  private static Node patientNode() {
    return application.node(
        new Application.Setup().budgets(Application.budgets(1_000, Duration.ofSeconds(1))));
  }

  /** One address for each path that a refusal can take. */
  private static Map<String, Person> kinds(Node node) {
    Person cached = Person.random();
    node.signedUp(cached);
    node.loggedIn(cached);
    Person read = Person.random();
    node.signedUp(read);
    application.redis().delete(application.redis().credentialKey(read.loginId()));
    Person disabled = Person.random();
    AccountId account = node.signedUp(disabled);
    assertThat(
            node.service().admin().changeStatus(account, AccountStatus.DISABLED, node.deadline()))
        .isInstanceOf(AccountChangeResult.Changed.class);
    Map<String, Person> kinds = new LinkedHashMap<>();
    kinds.put("cached", cached);
    kinds.put("read", read);
    kinds.put("disabled", disabled);
    kinds.put("unknown", Person.random());
    return kinds;
  }

  /**
   * Processor time of the calling thread, which hashes. Waiting does not count, but a neighbour on
   * the same core slows down what counts: the least of many is the work itself.
   */
  private static long workOfRefusal(Node node, Person guessing) {
    long before = THREADS.getCurrentThreadCpuTime();
    LoginResult result = node.login(guessing);
    long work = THREADS.getCurrentThreadCpuTime() - before;
    assertThat(result).isEqualTo(REJECTED);
    return work;
  }
}
