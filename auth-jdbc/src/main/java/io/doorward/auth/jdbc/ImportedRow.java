package io.doorward.auth.jdbc;

import io.doorward.auth.account.AccountDirectory.ExternalId;
import io.doorward.auth.account.AccountImport.Row;
import io.doorward.auth.base.LoginId;
import io.doorward.auth.password.PasswordHash;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An imported account in the form in which it is stored.
 *
 * @param row the account
 * @param account its id
 * @param content a digest of all but the id, by which a repetition is known; the account's
 *     operation
 */
record ImportedRow(Row row, StoredAccount account, String content) {
  static ImportedRow of(Row row) {
    return new ImportedRow(row, StoredAccount.ofNew(row.account()), "import:" + digest(row));
  }

  /** Every text with its length before it, so that no two rows have one digest. */
  private static String digest(Row row) {
    StringBuilder text = new StringBuilder();
    text.append(row.loginIds().size());
    Stream.concat(
            row.loginIds().stream().map(LoginId::value),
            Stream.of(
                row.account().tenant().value(),
                StoredStatus.nameOf(row.status()),
                row.hash().map(PasswordHash::reveal).orElse(""),
                roles(row),
                row.externalId().map(ExternalId::value).orElse(""),
                row.createdAt().map(Instant::toString).orElse("")))
        .forEach(part -> text.append(';').append(part.length()).append(':').append(part));
    return Migrations.sha256(text.toString());
  }

  boolean isStorable() {
    return Stream.concat(
                row.loginIds().stream().map(LoginId::value),
                Stream.concat(
                    row.hash().map(PasswordHash::reveal).stream(),
                    row.externalId().map(ExternalId::value).stream()))
            .allMatch(StoredText::isStorable)
        && row.loginIds().stream().map(LoginId::value).noneMatch(AccountCreation::isTooLong);
  }

  /** A login identifier, with the time that gives it its place among the others. */
  record Login(String tenant, String value, UUID account, String since) {}

  Stream<Login> logins(Instant now) {
    Instant first = row.createdAt().orElse(now);
    return IntStream.range(0, row.loginIds().size())
        .mapToObj(
            i ->
                new Login(
                    account.tenant(),
                    row.loginIds().get(i).value(),
                    account.id(),
                    first.plus(i, ChronoUnit.MICROS).toString()));
  }

  String tenant() {
    return account.tenant();
  }

  UUID id() {
    return account.id();
  }

  String status() {
    return StoredStatus.nameOf(row.status());
  }

  @Nullable String externalId() {
    return row.externalId().map(ExternalId::value).orElse(null);
  }

  @Nullable String createdAt() {
    return row.createdAt().map(Instant::toString).orElse(null);
  }

  @Nullable String secret() {
    return row.hash().map(PasswordHash::reveal).orElse(null);
  }

  /** The roles with blanks between them, which no role has. */
  String roles() {
    return roles(row);
  }

  private static String roles(Row row) {
    return String.join(" ", new TreeSet<>(row.roles()));
  }

  /** Returns a text without identifiers and hash. */
  @Override
  public String toString() {
    return "ImportedRow[" + account.id() + "]";
  }
}
