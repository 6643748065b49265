/**
 * Authentication for Jakarta Servlet 6 applications. {@link io.doorward.auth.servlet.AuthEndpoints}
 * signs people up, in and out over JSON; {@link io.doorward.auth.servlet.AuthFilter} lets a request
 * pass only where {@link io.doorward.auth.servlet.AccessRules} allow it. Both share one {@link
 * io.doorward.auth.servlet.WebOptions}.
 */
@NullMarked
package io.doorward.auth.servlet;

import org.jspecify.annotations.NullMarked;
