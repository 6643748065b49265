package io.doorward.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.auth0.jwt.JWT;
import com.auth0.jwt.JWTVerifier;
import com.auth0.jwt.algorithms.Algorithm;
import io.doorward.auth.AuthService;
import io.doorward.auth.account.AccountStore;
import io.doorward.auth.base.ClientContext;
import io.doorward.auth.key.KeyRing;
import io.doorward.auth.key.Sealer;
import io.doorward.auth.login.LoginResult;
import io.doorward.auth.session.AccessToken;
import io.doorward.auth.session.AccessTokens;
import io.doorward.auth.session.TokenStore;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Signature;
import java.util.ArrayList;
import java.util.List;

/** What stays in the process: signatures and seals. The hashes begin the tables of logins. */
final class ProcessSuite {
  private static final int TOKENS = 64;
  private static final int MESSAGE_BYTES = 256;
  private static final byte[] MESSAGE = "m".repeat(MESSAGE_BYTES).getBytes(US_ASCII);

  private ProcessSuite() {}

  static Suite suite() {
    return new Suite(
        "process",
        "What stays in the process, beside one HS256 token verified by java-jwt",
        List.of(1),
        List.of(
            new Contender("java-jwt: verify HS256", ProcessSuite::javaJwt),
            new Contender(
                "Doorward: verify HS256", (servers, opened) -> verify(hs256(), 0, opened)),
            new Contender(
                "Doorward: HS256, verified before",
                (servers, opened) -> verify(hs256(), TOKENS, opened)),
            new Contender("JDK: verify ES256", ProcessSuite::jdkSignature),
            new Contender(
                "Doorward: verify ES256", (servers, opened) -> verify(Keys.es256(), 0, opened)),
            new Contender(
                "Doorward: ES256, verified before",
                (servers, opened) -> verify(Keys.es256(), TOKENS, opened)),
            new Contender("Doorward: seal 256 bytes", ProcessSuite::seal),
            new Contender("Doorward: open 256 bytes", ProcessSuite::openSealed)));
  }

  private static Operation javaJwt(Servers servers, Opened opened) {
    Algorithm key = Algorithm.HMAC256(Keys.secret());
    JWTVerifier verifier = JWT.require(key).withIssuer("benchmark").build();
    String token =
        JWT.create().withIssuer("benchmark").withSubject("user").withJWTId("1").sign(key);
    return turn -> verifier.verify(token);
  }

  private static Operation jdkSignature(Servers servers, Opened opened)
      throws GeneralSecurityException {
    KeyPair pair = Keys.p256();
    Signature signer = Signature.getInstance("SHA256withECDSA");
    signer.initSign(pair.getPrivate());
    signer.update(MESSAGE);
    byte[] signature = signer.sign();
    Signature verifier = Signature.getInstance("SHA256withECDSA");
    verifier.initVerify(pair.getPublic());
    return turn -> {
      verifier.update(MESSAGE);
      require(verifier.verify(signature));
    };
  }

  private static KeyRing hs256() {
    return KeyRing.ofSecret("main", Keys.secret());
  }

  private static Operation verify(KeyRing keys, int remembered, Opened opened) {
    List<AccessToken> tokens = tokens(keys, opened);
    AccessTokens verifier =
        AccessTokens.builder(keys)
            .issuer("benchmark")
            .audience("benchmark")
            .remembered(remembered)
            .build();
    return turn ->
        require(verifier.verify(tokens.get(turn % TOKENS)) instanceof AccessTokens.Genuine);
  }

  /** Only a service issues tokens; this one has its stores in memory. */
  private static List<AccessToken> tokens(KeyRing keys, Opened opened) {
    AccountStore accounts = AccountStore.inMemory();
    AuthService auth =
        opened.add(
            AuthService.builder(accounts, TokenStore.inMemory(accounts), keys)
                .passwordHasher(new Bcrypt())
                .issuer("benchmark")
                .audience("benchmark")
                .build());
    String password = Users.PASSWORD.reveal();
    auth.signUp(Users.email(0), password, ClientContext.unknown());
    List<AccessToken> tokens = new ArrayList<>();
    for (int i = 0; i < TOKENS; i++) {
      LoginResult result = auth.login(Users.email(0), password, ClientContext.unknown());
      if (!(result instanceof LoginResult.Success success)) {
        throw new IllegalStateException("the login did not succeed: " + result);
      }
      tokens.add(success.token());
    }
    return tokens;
  }

  private static Operation seal(Servers servers, Opened opened) {
    Sealer sealer = hs256().sealer();
    return turn -> require(sealer.seal(MESSAGE, "benchmark", "place").length > MESSAGE_BYTES);
  }

  private static Operation openSealed(Servers servers, Opened opened) {
    Sealer sealer = hs256().sealer();
    byte[] sealed = sealer.seal(MESSAGE, "benchmark", "place");
    return turn -> require(sealer.open(sealed, "benchmark", "place").isPresent());
  }

  private static void require(boolean right) {
    if (!right) {
      throw new IllegalStateException("the result is not the expected one");
    }
  }
}
