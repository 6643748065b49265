package io.doorward.auth.system;

import io.doorward.auth.base.AccountId;
import io.doorward.auth.login.LoginResult;
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
