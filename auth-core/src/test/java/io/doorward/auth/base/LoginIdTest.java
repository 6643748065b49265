package io.doorward.auth.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.doorward.auth.base.LoginId.Kind;
import io.doorward.auth.text.CodePoints;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoginIdTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "alice@b.example",
        "ALICE@B.EXAMPLE",
        " alice@b.example\t\n",
        "\u3000alice@b.example",
        "alice@b.example.",
        "alice\uff20b.example",
        "\uff41lice@b.example",
        "alice@b\uff0eexample",
        "alice@b\u3002example",
        "\u24d0lice@b.example",
        "al\u2170ce@b.example"
      })
  void everyWayToTypeAnAddressIsOneIdentifier(String typed) {
    assertThat(LoginId.email(typed)).isEqualTo(LoginId.email("alice@b.example"));
    assertThat(LoginId.email(typed).value()).isEqualTo("alice@b.example");
    assertThat(LoginId.email(typed)).hasSameHashCodeAs(LoginId.email("alice@b.example"));
  }

  @ParameterizedTest
  @CsvSource({
    "u@B\u00dcCHER.example, u@xn--bcher-kva.example",
    "u@bu\u0308cher.example, u@xn--bcher-kva.example",
    "u@xn--bcher-kva.example, u@xn--bcher-kva.example",
    "JOS\u00c9@x.example, jos\u00e9@x.example",
    "jose\u0301@x.example, jos\u00e9@x.example",
    "\u212aelvin@x.example, kelvin@x.example",
    "a+tag.b_c-d'e!#$%&*/=?^`{|}~@x.example, a+tag.b_c-d'e!#$%&*/=?^`{|}~@x.example",
    "u@localhost, u@localhost"
  })
  void addressesOfAllLanguagesHaveOneForm(String typed, String canonical) {
    assertThat(LoginId.email(typed).value()).isEqualTo(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "@",
        "a",
        "a@",
        "@b.example",
        "a@@b.example",
        "a@b@c.example",
        "a\uff20b@c.example",
        "a\ufe6bb@c.example",
        "a@.",
        "a@..",
        "a@b..example",
        "a@.b.example",
        "a@b.example..",
        "a@\u3002",
        "a@b.example\u3002",
        ".a@b.example",
        "a.@b.example",
        "a..b@b.example",
        "a b@c.example",
        "a\u00a0b@c.example",
        "a\u2003b@c.example",
        "a@b c.example",
        "\"a b\"@c.example",
        "a@[192.0.2.1]",
        "a(comment)@b.example",
        "a,b@c.example",
        "tenant:a@b.example",
        "a@b:25",
        "a@b_c.example",
        "a@-b.example",
        "a@b-.example",
        "a\u0000@b.example",
        "a@b.example\u0000",
        "a@b\u0000.example",
        "a\r\nBcc:x@b.example",
        "a\u200b@b.example",
        "a\u200d@b.example",
        "a\u202e@b.example",
        "a\ufeff@b.example",
        "a@b\u200d.example",
        "a@b\u00ad.example",
        "a@b\u200b.example",
        "a@stra\u00dfe.example",
        "a@\u03b4\u03c1\u03cc\u03bc\u03bf\u03c2.example",
        "a\ud800@b.example",
        "a@b\udc00.example",
        "a\ue000@b.example",
        "a\u0378@b.example",
        "a\u2028@b.example",
        "a;b@c.example",
        "<a@b.example>",
        "a\\b@c.example"
      })
  void whatIsNoAddressIsRefused(String typed) {
    assertThat(LoginId.parseEmail(typed)).isEmpty();
    assertThatThrownBy(() -> LoginId.email(typed))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("address must be an e-mail address local@domain");
  }

  @Test
  void twoAddressesThatLookTheSameAreOneOrNone() {
    IntStream.rangeClosed(0x21, Character.MAX_CODE_POINT)
        .filter(CodePoints::isInvisible)
        .mapToObj(Character::toString)
        .forEach(
            invisible -> {
              assertThat(LoginId.parseEmail("al" + invisible + "ice@b.example")).isEmpty();
              assertThat(LoginId.parseEmail("alice@b" + invisible + ".example")).isEmpty();
              assertThatThrownBy(() -> LoginId.of("al" + invisible + "ice"))
                  .isInstanceOf(IllegalArgumentException.class);
            });
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = "")
  void whatIsMissingIsNoAddress(String missing) {
    assertThat(LoginId.parseEmail(missing)).isEmpty();
    assertThatThrownBy(() -> LoginId.email(missing)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void lookAlikesOfOtherAlphabetsAreOtherAccounts() {
    assertThat(LoginId.email("\u0430lice@b.example"))
        .isNotEqualTo(LoginId.email("alice@b.example"));
    assertThat(LoginId.email("alice@\u0432.example"))
        .isNotEqualTo(LoginId.email("alice@b.example"));
  }

  @Test
  void lengthsAreThoseOfMail() {
    String domain = ("d".repeat(60) + ".").repeat(3) + "example";

    assertThat(LoginId.parseEmail("a".repeat(64) + "@b.example")).isPresent();
    assertThat(LoginId.parseEmail("a".repeat(65) + "@b.example")).isEmpty();
    assertThat(LoginId.parseEmail("a@" + "d".repeat(63) + ".example")).isPresent();
    assertThat(LoginId.parseEmail("a@" + "d".repeat(64) + ".example")).isEmpty();
    assertThat(LoginId.parseEmail("a".repeat(63) + "@" + domain)).isPresent();
    assertThat(LoginId.parseEmail("a".repeat(64) + "@" + domain)).isEmpty();
    assertThat(LoginId.parseEmail("a@b.example" + " ".repeat(400))).isEmpty();
    assertThat(LoginId.parseEmail("a".repeat(1_000_000) + "@b.example")).isEmpty();
    assertThat(LoginId.parseEmail("\ufdfa".repeat(10) + "@b.example")).isEmpty();
  }

  @Test
  void theLanguageOfTheMachineChangesNothing() {
    Locale before = Locale.getDefault();
    try {
      for (String language : new String[] {"tr", "az", "lt", "el", "de"}) {
        Locale.setDefault(Locale.forLanguageTag(language));
        assertThat(LoginId.email("TITLE@I.EXAMPLE").value()).isEqualTo("title@i.example");
        assertThat(LoginId.email("\u0130@x.example").value()).isEqualTo("i\u0307@x.example");
        assertThat(LoginId.email("\u0131@x.example").value()).isEqualTo("\u0131@x.example");
      }
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void theCanonicalFormOfEveryCharacterIsItsOwnCanonicalForm() {
    for (int c = 0; c < 0x20000; c++) {
      String letter = Character.toString(c);
      assertStable(letter + "@b.example", c);
      assertStable("x" + letter + "\u0301y@b.example", c);
      if (c % 31 == 0 || c < 0x2000) {
        assertStable("a@x" + letter + "y.example", c);
      }
    }
  }

  @Test
  void noTextWhateverThrows() {
    Random random = new Random(17);
    for (int round = 0; round < 20_000; round++) {
      StringBuilder text = new StringBuilder();
      int length = random.nextInt(24);
      for (int i = 0; i < length; i++) {
        switch (random.nextInt(6)) {
          case 0 -> text.append('@');
          case 1 -> text.append('.');
          case 2 -> text.append((char) random.nextInt(0x10000));
          case 3 -> text.append("xn--");
          case 4 -> text.appendCodePoint(random.nextInt(Character.MAX_CODE_POINT + 1));
          default -> text.append((char) ('a' + random.nextInt(26)));
        }
      }
      assertStable(text.toString(), round);
      assertStable("a@" + text, round);
    }
  }

  @Test
  void ownIdentifiersArePlainText() {
    assertThat(LoginId.of("Alice").value()).isEqualTo("Alice");
    assertThat(LoginId.of("urn:a").value()).isEqualTo("urn:a");
    for (String bad :
        new String[] {"", " ", "a b", "a\u0000", "a\u200b", "a\n", "\ud800", "a".repeat(255)}) {
      assertThatThrownBy(() -> LoginId.of(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("canonical");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "+4930123456",
        " +49 30 123456\n",
        "+49 (30) 123-456",
        "+49/30.12.34.56",
        "+49\u00a030\u2011123\u2013456",
        "\uff0b49 30 123456",
        "+\uff14\uff1930123456",
        "(+49) 30123456"
      })
  void everyWayToTypeANumberIsOneIdentifier(String typed) {
    assertThat(LoginId.phone(typed)).isEqualTo(LoginId.of("+4930123456"));
    assertThat(LoginId.phone(typed).value()).isEqualTo("+4930123456");
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        "+",
        "4930123456",
        "004930123456",
        "030 123456",
        "+49 (0)30 123456",
        "+0930123456",
        "+493012",
        "+4930123456789012",
        "+49 30 1234x56",
        "++4930123456",
        "+49+30123456",
        "+49\u200b30123456",
        "+\u0664\u0669\u0663\u0660\u0661\u0662\u0663\u0664",
        "+49,30123456",
        "+4930123456@b.example"
      })
  void whatIsNoInternationalNumberIsRefused(String typed) {
    assertThat(LoginId.parsePhone(typed)).isEmpty();
    assertThatThrownBy(() -> LoginId.phone(typed))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("number must be an international telephone number: + and 7 to 15 digits");
  }

  @Test
  void numbersHaveSevenToFifteenDigits() {
    assertThat(LoginId.parsePhone("+1234567")).isPresent();
    assertThat(LoginId.parsePhone("+123456")).isEmpty();
    assertThat(LoginId.parsePhone("+123456789012345")).isPresent();
    assertThat(LoginId.parsePhone("+1234567890123456")).isEmpty();
    assertThat(LoginId.parsePhone("+1234567" + " ".repeat(1_000_000))).isEmpty();
  }

  @Test
  void theValueTellsTheKind() {
    assertThat(LoginId.email("a@b.example").kind()).isEqualTo(Kind.EMAIL);
    assertThat(LoginId.email("+4930123456@b.example").kind()).isEqualTo(Kind.EMAIL);
    assertThat(LoginId.of("Own@Canonical").kind()).isEqualTo(Kind.EMAIL);
    assertThat(LoginId.phone("+49 30 123456").kind()).isEqualTo(Kind.PHONE);
    assertThat(LoginId.of("+4930123456").kind()).isEqualTo(Kind.PHONE);
    assertThat(LoginId.of("+49").kind()).isEqualTo(Kind.NAME);
    assertThat(LoginId.name("ada").kind()).isEqualTo(Kind.NAME);
    assertThat(LoginId.ofStored(new TenantId("north"), "ada").kind()).isEqualTo(Kind.NAME);
  }

  @Test
  void aNameNeverLooksLikeAnAddressOrANumber() {
    assertThat(LoginId.name("ada.l")).isEqualTo(LoginId.of("ada.l"));
    assertThat(LoginId.name("a+b").value()).isEqualTo("a+b");
    for (String bad : new String[] {"ada@example.org", "@ada", "+4930123456", "+", "", "a b"}) {
      assertThatThrownBy(() -> LoginId.name(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("canonical");
    }
  }

  @Test
  void tenantsSeparateOneAddress() {
    TenantId north = new TenantId("north");
    LoginId plain = LoginId.email("a@b.example");
    LoginId there = plain.inTenant(north);

    assertThat(plain.tenant()).isEqualTo(TenantId.DEFAULT);
    assertThat(plain.inTenant(TenantId.DEFAULT)).isEqualTo(plain).hasSameHashCodeAs(plain);
    assertThat(there).isNotEqualTo(plain).isNotEqualTo(plain.inTenant(new TenantId("south")));
    assertThat(there.tenant()).isEqualTo(north);
    assertThat(there.value()).isEqualTo("a@b.example");
    assertThat(LoginId.ofStored(north, there.value())).isEqualTo(there).hasSameHashCodeAs(there);
    assertThatThrownBy(() -> LoginId.ofStored(north, ""))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theAddressIsNotPrinted() {
    assertThat(LoginId.email("alice@b.example")).hasToString("LoginId[hidden]");
    assertThatThrownBy(() -> LoginId.of("alice smith")).hasMessageNotContaining("alice");
  }

  private static void assertStable(String typed, int context) {
    Optional<LoginId> once = LoginId.parseEmail(typed);
    if (once.isPresent() && !LoginId.parseEmail(once.get().value()).equals(once)) {
      fail("not stable at %x: %s", context, once.get().value());
    }
  }
}
