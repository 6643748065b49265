package io.doorward.auth.system;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.password.Password;
import io.doorward.auth.password.PasswordHash;
import io.doorward.auth.testkit.TestSecrets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * An account of a long run, as those know it who use it: all that it was ever called, every
 * password that it has or had or may get, and some of its tokens. {@link History} knows the numbers
 * only. Thread-safe.
 */
final class Subject {
  private static final int KEPT = 12;
  private static final FastHasher HASHER = new FastHasher();

  private final int number;
  private final AccountId account;
  private final ReentrantLock lock = new ReentrantLock();
  private final List<LoginId> identifiers = new ArrayList<>();
  private final List<Generation> passwords = new ArrayList<>();
  private final List<LoginResult.Success> sessions = new ArrayList<>();
  private int password;
  private int identifier;
  private boolean retired;

  /** A password and how many were in force before it, if it ever is. */
  private record Generation(Password password, int depth) {}

  Subject(int number, AccountId account, Person person) {
    this.number = number;
    this.account = account;
    identifiers.add(person.loginId());
    passwords.add(new Generation(person.password(), 0));
  }

  int number() {
    return number;
  }

  AccountId account() {
    return account;
  }

  /** Who somebody says to be who types these; a guess is nobody's password. */
  Person person(int identifierNumber, int passwordNumber) {
    return locked(
        () ->
            new Person(
                identifiers.get(identifierNumber),
                passwordNumber == History.GUESS
                    ? TestSecrets.newPassword()
                    : passwords.get(passwordNumber).password()));
  }

  /** The number of the password that was hashed; empty if it is none of this account's. */
  OptionalInt passwordOf(PasswordHash hash) {
    List<Generation> all = locked(() -> List.copyOf(passwords));
    for (int i = all.size() - 1; i >= 0; i--) {
      if (HASHER.matches(all.get(i).password(), hash)) {
        return OptionalInt.of(i);
      }
    }
    return OptionalInt.empty();
  }

  /** The number of the password that is in force, as far as is known here. */
  int password() {
    return locked(() -> password);
  }

  /** The number of the identifier that is in force, as far as is known here. */
  int identifier() {
    return locked(() -> identifier);
  }

  int passwords() {
    return locked(passwords::size);
  }

  int identifiers() {
    return locked(identifiers::size);
  }

  /** Chooses a password to follow another one. */
  int nextPassword(int from) {
    return locked(
        () -> {
          passwords.add(new Generation(TestSecrets.newPassword(), passwords.get(from).depth() + 1));
          return passwords.size() - 1;
        });
  }

  /** Hears that a password is in force, from whoever changed it: perhaps not in that order. */
  void nowHas(int passwordNumber) {
    locked(
        () -> {
          if (passwords.get(passwordNumber).depth() > passwords.get(password).depth()) {
            password = passwordNumber;
          }
          return password;
        });
  }

  int nextIdentifier() {
    return locked(
        () -> {
          identifiers.add(Person.random().loginId());
          return identifiers.size() - 1;
        });
  }

  void nowIs(int identifierNumber) {
    locked(() -> identifier = identifierNumber);
  }

  /** Keeps a session for later requests, whatever becomes of it; an old one is forgotten. */
  void keep(LoginResult.Success session) {
    locked(
        () -> {
          if (sessions.size() == KEPT) {
            sessions.remove(0);
          }
          return sessions.add(session);
        });
  }

  /** Any session, or the one that was kept last. */
  Optional<LoginResult.Success> session(RandomGenerator random, boolean last) {
    return locked(
        () ->
            sessions.isEmpty()
                ? Optional.empty()
                : Optional.of(
                    sessions.get(last ? sessions.size() - 1 : random.nextInt(sessions.size()))));
  }

  /** Leaves the run; true for the one who is to put another account in its place. */
  boolean retire() {
    return locked(
        () -> {
          boolean first = !retired;
          retired = true;
          return first;
        });
  }

  private <T> T locked(Supplier<T> action) {
    lock.lock();
    try {
      return action.get();
    } finally {
      lock.unlock();
    }
  }
}
