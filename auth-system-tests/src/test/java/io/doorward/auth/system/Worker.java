package io.doorward.auth.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.doorward.auth.Admin.AccountChangeResult;
import io.doorward.auth.AuthService.PasswordChangeResult;
import io.doorward.auth.AuthService.SignUpResult;
import io.doorward.auth.Names.LoginIdChangeResult;
import io.doorward.auth.Roles.RoleChangeResult;
import io.doorward.auth.Sessions.LogoutResult;
import io.doorward.auth.account.AccountStatus;
import io.doorward.auth.account.Credential;
import io.doorward.auth.account.CredentialCache.Lookup;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.base.SessionId;
import io.doorward.auth.base.StoreException;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.CheckResult;
import io.doorward.auth.system.History.Answer;
import io.doorward.auth.system.History.Cached;
import io.doorward.auth.system.History.Check;
import io.doorward.auth.system.History.IdentifierChange;
import io.doorward.auth.system.History.Login;
import io.doorward.auth.system.History.Logout;
import io.doorward.auth.system.History.Outcome;
import io.doorward.auth.system.History.PasswordChange;
import io.doorward.auth.system.History.Renewal;
import io.doorward.auth.system.History.RoleChange;
import io.doorward.auth.system.History.Span;
import io.doorward.auth.system.History.StatusChange;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Does what people and administrators do, at random, to any account on any node, and writes down
 * what it was answered. Many of them get into each other's way on purpose.
 */
final class Worker implements Callable<Void> {
  private static final String ROLE = "admin";

  private final Fleet fleet;
  private final List<Subject> subjects;
  private final Set<Subject> everybody;
  private final History history;
  private final RandomGenerator random;
  private final CountDownLatch over;

  /**
   * Creates a worker.
   *
   * @param subjects the accounts of the run; who leaves is replaced in its place
   * @param everybody all that ever were among them
   */
  Worker(
      Fleet fleet,
      List<Subject> subjects,
      Set<Subject> everybody,
      History history,
      RandomGenerator random,
      CountDownLatch over) {
    this.fleet = fleet;
    this.subjects = subjects;
    this.everybody = everybody;
    this.history = history;
    this.random = random;
    this.over = over;
  }

  @Override
  public Void call() {
    try (Administrator administrator = new Administrator(fleet.application())) {
      while (over.getCount() > 0) {
        act(subjects.get(random.nextInt(subjects.size())), administrator);
      }
    }
    return null;
  }

  private void act(Subject subject, Administrator administrator) {
    int dice = random.nextInt(100);
    if (dice < 22) {
      login(subject, subject.identifier(), subject.password());
    } else if (dice < 34) {
      login(subject, subject.identifier(), random.nextInt(subject.passwords()));
    } else if (dice < 35) {
      login(subject, subject.identifier(), History.GUESS);
    } else if (dice < 55) {
      changePassword(subject);
    } else if (dice < 59) {
      switchOffAndOn(subject);
    } else if (dice < 63) {
      renameAndBack(subject);
    } else if (dice < 66) {
      renew(subject);
    } else if (dice < 72) {
      toggleRole(subject);
    } else if (dice < 84) {
      subject.session(random, true).ifPresent(session -> check(subject, session));
    } else if (dice < 87) {
      look(subject);
    } else if (dice < 90) {
      subject.session(random, false).ifPresent(session -> check(subject, session));
    } else if (dice < 94) {
      subject.session(random, true).ifPresent(session -> logout(subject, session));
    } else if (dice < 95) {
      logoutAll(subject);
    } else if (dice < 97) {
      setPassword(subject, administrator);
    } else if (dice < 99) {
      setStatus(subject, administrator, false);
      login(subject, subject.identifier(), subject.password());
      setStatus(subject, administrator, true);
    } else {
      deleteAndSignUpAgain(subject);
    }
  }

  private void login(Subject subject, int identifier, int password) {
    login(subject, identifier, password, subject.person(identifier, password));
  }

  private void login(Subject subject, int identifier, int password, Person person) {
    Span began = Span.begin();
    Optional<LoginResult> result = ask(node -> node.login(person));
    Span span = began.ended();
    Optional<LoginResult.Success> success =
        result.filter(LoginResult.Success.class::isInstance).map(LoginResult.Success.class::cast);
    Answer answer =
        success.isPresent()
            ? Answer.YES
            : result.filter(LoginResult.Rejected.class::isInstance).isPresent()
                ? Answer.NO
                : Answer.NONE;
    List<SessionId> opened = success.map(it -> it.principal().session().id()).stream().toList();
    history.add(new Login(subject.number(), span, identifier, password, answer, opened));
    success.ifPresent(subject::keep);
  }

  /**
   * Looks at what the cache would serve, which a token store might still not open a session for.
   */
  private void look(Subject subject) {
    int identifier = random.nextInt(subject.identifiers());
    LoginId loginId = subject.person(identifier, 0).loginId();
    Span began = Span.begin();
    Optional<Lookup> found = ask(node -> lookup(node, loginId));
    Span span = began.ended();
    if (found.isPresent() && found.get() instanceof Lookup.Hit hit) {
      Credential credential = hit.credential();
      OptionalInt password = subject.passwordOf(credential.hash());
      boolean mine = credential.account().equals(subject.account());
      if (mine && credential.status() == AccountStatus.ACTIVE) {
        history.add(new Cached(subject.number(), span, identifier, password.orElse(History.GUESS)));
      }
    }
  }

  private static Lookup lookup(Node node, LoginId loginId) {
    try {
      return node.cache().lookup(loginId, node.deadline());
    } catch (StoreException e) {
      return new Lookup.Bypass();
    }
  }

  private void check(Subject subject, LoginResult.Success session) {
    Span began = Span.begin();
    Optional<CheckResult> result = ask(node -> node.check(session.token()));
    Span span = began.ended();
    Answer answer =
        result
            .map(
                it ->
                    it.match(
                        active -> Answer.YES,
                        no -> Answer.NO,
                        unverified -> Answer.NONE,
                        none -> Answer.NONE))
            .orElse(Answer.NONE);
    boolean role =
        result
            .filter(CheckResult.Active.class::isInstance)
            .map(it -> ((CheckResult.Active) it).principal().roles().contains(ROLE))
            .orElse(false);
    history.add(
        new Check(subject.number(), span, session.principal().session().id(), answer, role));
  }

  private void logout(Subject subject, LoginResult.Success session) {
    Span began = Span.begin();
    Optional<LogoutResult> result = ask(node -> node.logout(session.token()));
    history.add(
        new Logout(
            subject.number(),
            began.ended(),
            List.of(session.principal().session().id()),
            logoutOutcome(result)));
    check(subject, session);
  }

  private void logoutAll(Subject subject) {
    Span began = Span.begin();
    Optional<LogoutResult> result = ask(node -> node.logoutAll(subject.account()));
    history.add(new Logout(subject.number(), began.ended(), List.of(), logoutOutcome(result)));
  }

  private static Outcome logoutOutcome(Optional<LogoutResult> result) {
    return result
        .map(it -> it.match(done -> told(done.cachePending()), unavailable -> Outcome.UNKNOWN))
        .orElse(Outcome.UNKNOWN);
  }

  private void changePassword(Subject subject) {
    Optional<LoginResult.Success> session = subject.session(random, true);
    if (session.isEmpty()) {
      login(subject, subject.identifier(), subject.password());
      return;
    }
    int from = subject.password();
    int to = subject.nextPassword(from);
    Person person = subject.person(subject.identifier(), from);
    Person renewed = subject.person(subject.identifier(), to);
    Span began = Span.begin();
    Optional<PasswordChangeResult> result =
        ask(node -> node.changePassword(session.get().principal(), person, renewed.password()));
    Span span = began.ended();
    Optional<PasswordChangeResult.Changed> changed =
        result
            .filter(PasswordChangeResult.Changed.class::isInstance)
            .map(PasswordChangeResult.Changed.class::cast);
    Outcome outcome =
        changed.isPresent()
            ? told(changed.get().cachePending())
            : result.filter(it -> !(it instanceof PasswordChangeResult.Unavailable)).isPresent()
                ? Outcome.NOT_DONE
                : Outcome.UNKNOWN;
    Optional<LoginResult.Success> reopened = changed.flatMap(PasswordChangeResult.Changed::renewed);
    history.add(
        new PasswordChange(
            subject.number(),
            span,
            from,
            to,
            outcome,
            reopened.map(it -> it.principal().session().id()).stream().toList()));
    reopened.ifPresent(subject::keep);
    if (outcome.isCommitted()) {
      subject.nowHas(to);
      login(subject, subject.identifier(), from);
      look(subject);
    }
    replaceIfUnknown(subject, outcome);
  }

  private void switchOffAndOn(Subject subject) {
    setStatus(subject, false);
    login(subject, subject.identifier(), subject.password());
    setStatus(subject, true);
  }

  private void setStatus(Subject subject, boolean active) {
    AccountStatus status = active ? AccountStatus.ACTIVE : AccountStatus.DISABLED;
    Span began = Span.begin();
    Outcome outcome =
        outcome(
            ask(
                node ->
                    node.service()
                        .admin()
                        .changeStatus(subject.account(), status, node.deadline())));
    history.add(new StatusChange(subject.number(), began.ended(), active, outcome));
    replaceIfUnknown(subject, outcome);
  }

  private void renameAndBack(Subject subject) {
    int before = subject.identifier();
    int fresh = subject.nextIdentifier();
    rename(subject, fresh);
    login(subject, before, subject.password());
    login(subject, fresh, subject.password());
    rename(subject, 0);
  }

  private void rename(Subject subject, int to) {
    Person next = subject.person(to, 0);
    Span began = Span.begin();
    Optional<LoginIdChangeResult> result =
        ask(
            node ->
                node.service()
                    .admin()
                    .changeLoginId(subject.account(), next.loginId(), node.deadline()));
    Outcome outcome =
        result
            .map(
                it ->
                    it.match(
                        changed -> told(changed.cachePending()),
                        duplicate -> Outcome.NOT_DONE,
                        unknown -> Outcome.NOT_DONE,
                        unavailable -> Outcome.UNKNOWN))
            .orElse(Outcome.UNKNOWN);
    history.add(new IdentifierChange(subject.number(), began.ended(), to, outcome));
    if (outcome.isCommitted()) {
      subject.nowIs(to);
    }
    replaceIfUnknown(subject, outcome);
  }

  private void renew(Subject subject) {
    Span began = Span.begin();
    Outcome outcome =
        outcome(
            ask(
                node ->
                    node.service()
                        .admin()
                        .invalidateCredential(subject.account(), node.deadline())));
    history.add(new Renewal(subject.number(), began.ended(), outcome));
    replaceIfUnknown(subject, outcome);
  }

  private void toggleRole(Subject subject) {
    boolean grant = random.nextBoolean();
    Set<String> role = Set.of(ROLE);
    Span began = Span.begin();
    Outcome outcome =
        outcomeOfRoles(
            ask(
                node ->
                    node.changeRoles(
                        subject.account(), grant ? role : Set.of(), grant ? Set.of() : role)));
    history.add(new RoleChange(subject.number(), began.ended(), grant, outcome));
    subject.session(random, true).ifPresent(session -> check(subject, session));
  }

  private void setPassword(Subject subject, Administrator administrator) {
    Optional<Administrator.Row> row = administrator.read(subject.account());
    if (row.isEmpty()) {
      return;
    }
    OptionalInt from = subject.passwordOf(row.get().hash());
    assertThat(from).as("somebody else's hash is in the database").isPresent();
    int to = subject.nextPassword(from.getAsInt());
    Person renewed = subject.person(0, to);
    Span began = Span.begin();
    boolean done = administrator.setPassword(subject.account(), row.get(), renewed.password());
    history.add(
        new PasswordChange(
            subject.number(),
            began.ended(),
            from.getAsInt(),
            to,
            done ? Outcome.BEHIND : Outcome.NOT_DONE,
            List.of()));
    if (done) {
      subject.nowHas(to);
      login(subject, subject.identifier(), to);
    }
  }

  private void setStatus(Subject subject, Administrator administrator, boolean active) {
    Span began = Span.begin();
    boolean done = administrator.setActive(subject.account(), active);
    history.add(
        new StatusChange(
            subject.number(), began.ended(), active, done ? Outcome.BEHIND : Outcome.NOT_DONE));
  }

  /** Its address goes to a stranger, who must not be opened by anything that opened it. */
  private void deleteAndSignUpAgain(Subject subject) {
    if (!subject.retire()) {
      return;
    }
    Span began = Span.begin();
    Outcome outcome =
        outcome(
            ask(node -> node.service().admin().deleteAccount(subject.account(), node.deadline())));
    Span span = began.ended();
    history.add(new StatusChange(subject.number(), span, false, outcome));
    Person heir = subject.person(0, History.GUESS);
    Subject next = replace(subject, heir);
    if (next.person(0, 0).loginId().equals(heir.loginId())) {
      Person ghost = subject.person(0, subject.password());
      login(next, 0, History.GUESS, ghost);
    }
  }

  /** Nobody knows what its state is, so that nothing could be said of it any more. */
  private void replaceIfUnknown(Subject subject, Outcome outcome) {
    if (outcome == Outcome.UNKNOWN && subject.retire()) {
      replace(subject, Person.random());
    }
  }

  private Subject replace(Subject old, Person first) {
    Subject next = signUp(first);
    subjects.set(subjects.indexOf(old), next);
    return next;
  }

  /** Signs somebody up, under another address if it cannot be known whether it worked. */
  Subject signUp(Person first) {
    Person person = first;
    while (true) {
      Person who = person;
      Optional<SignUpResult> result = ask(node -> node.signUp(who));
      if (result.isPresent() && result.get() instanceof SignUpResult.Created created) {
        Subject subject = new Subject(history.newAccount(), created.account(), who);
        everybody.add(subject);
        return subject;
      }
      person = Person.random();
    }
  }

  private <T> Optional<T> ask(Function<Node, T> question) {
    return fleet.ask(fleet.any(random), question);
  }

  private static Outcome outcome(Optional<AccountChangeResult> result) {
    return result
        .map(
            it ->
                it.match(
                    changed -> told(changed.cachePending()),
                    unknown -> Outcome.NOT_DONE,
                    unavailable -> Outcome.UNKNOWN))
        .orElse(Outcome.UNKNOWN);
  }

  private static Outcome outcomeOfRoles(Optional<RoleChangeResult> result) {
    return result
        .map(
            it ->
                it.match(
                    changed -> told(changed.cachePending()),
                    full -> Outcome.NOT_DONE,
                    unknown -> Outcome.NOT_DONE,
                    unavailable -> Outcome.UNKNOWN))
        .orElse(Outcome.UNKNOWN);
  }

  private static Outcome told(boolean cachePending) {
    return cachePending ? Outcome.PENDING : Outcome.TOLD;
  }
}
