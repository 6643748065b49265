package io.doorward.auth.system;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.RefreshToken;
import io.doorward.auth.session.SessionOptions;
import io.doorward.auth.testkit.TestSecrets;

/**
 * Somebody who is logged in when something happens.
 *
 * @param person as they are known then
 * @param renewed as they are known once their password was changed
 */
record LoggedIn(Person person, Person renewed, LoginResult.Success login) {
  /** Signs up, logs in and is checked once. */
  static LoggedIn on(Node node) {
    Person person = Person.random();
    node.signedUp(person);
    LoginResult.Success login = node.loggedIn(person);
    node.checked(login.token());
    return new LoggedIn(person, person.with(TestSecrets.newPassword()), login);
  }

  /**
   * The same with a bearer session, whose refresh token is due to be exchanged.
   *
   * @param early a node whose clock is two minutes behind
   */
  static LoggedIn refreshableOn(Node early) {
    Person person = Person.random();
    early.signedUp(person);
    LoginResult.Success login = early.loggedIn(person, SessionOptions.bearer());
    return new LoggedIn(person, person.with(TestSecrets.newPassword()), login);
  }

  RefreshToken refreshToken() {
    return login.refreshToken().orElseThrow();
  }

  AccountId account() {
    return login.principal().account();
  }

  /** How a node answers for the session, in a word. */
  String checkedBy(Node node) {
    return FaultCells.word(account(), node.check(login.token()));
  }

  /** How a node answers to the new password in place of the old one, in a word. */
  String changedBy(Node node) {
    return FaultCells.word(node.changePassword(login.principal(), person, renewed.password()));
  }
}
