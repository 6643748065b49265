/** Authentication for Jakarta Servlet applications. */
@NullMarked
package io.doorward.auth.servlet;

import org.jspecify.annotations.NullMarked;
