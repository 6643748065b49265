package io.doorward.auth;

import io.doorward.auth.engine.change.AccountChanges;
import io.doorward.auth.engine.change.PasswordChanges;
import io.doorward.auth.engine.change.SignUps;
import io.doorward.auth.engine.login.Logins;
import io.doorward.auth.engine.session.SessionManager;

/** The parts that serve people, as {@link AuthServiceBuilder#build} hands them over. */
record AccountOperations(
    Logins logins,
    SignUps signUps,
    PasswordChanges passwords,
    AccountChanges accounts,
    SessionManager sessions) {}
