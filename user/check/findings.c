// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"

static struct finding *find(const struct findings *f, const char *key, const char *subject)
{
	for (size_t i = 0; i < f->n; i++) {
		if (!strcmp(f->list[i]->key, key) && !strcmp(f->list[i]->subject, subject))
			return f->list[i];
	}
	return NULL;
}

struct finding *finding_add(struct findings *f, enum severity severity, const char *key,
			    const char *subject)
{
	struct finding **list = reallocarray(f->list, f->n + 1, sizeof(*list));
	struct finding *finding = calloc(1, sizeof(*finding));

	if (list)
		f->list = list;
	if (!list || !finding) {
		free(finding);
		f->lost = true;
		return NULL;
	}
	finding->severity = severity;
	finding->key = key;
	snprintf(finding->subject, sizeof(finding->subject), "%s", subject);
	f->list[f->n++] = finding;
	return finding;
}

struct finding *finding_get(struct findings *f, enum severity severity, const char *key,
			    const char *subject)
{
	struct finding *finding = find(f, key, subject);

	if (!finding)
		return finding_add(f, severity, key, subject);
	if (severity > finding->severity)
		finding->severity = severity;
	return finding;
}

void finding_say(struct finding *finding, const char *fmt, ...)
{
	va_list ap;

	if (!finding)
		return;
	va_start(ap, fmt);
	vsnprintf(finding->text, sizeof(finding->text), fmt, ap);
	va_end(ap);
}

void finding_remedy(struct finding *finding, const char *fmt, ...)
{
	va_list ap;

	if (!finding)
		return;
	va_start(ap, fmt);
	vsnprintf(finding->remedy, sizeof(finding->remedy), fmt, ap);
	va_end(ap);
}

void finding_fact(struct findings *f, struct finding *finding, const char *fmt, ...)
{
	char **fact, *text = NULL;
	va_list ap;

	if (!finding)
		return;
	fact = reallocarray(finding->fact, finding->nfacts + 1, sizeof(*fact));
	if (fact)
		finding->fact = fact;
	va_start(ap, fmt);
	if (!fact || vasprintf(&text, fmt, ap) < 0)
		f->lost = true;
	else
		finding->fact[finding->nfacts++] = text;
	va_end(ap);
}

size_t findings_count(const struct findings *f, enum severity severity)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->list[i]->severity == severity;
	return n;
}

const char *severity_name(enum severity severity)
{
	static const char *const names[SEVERITY_MAX] = {"note", "warning", "error"};

	return names[severity];
}

void findings_free(struct findings *f)
{
	for (size_t i = 0; i < f->n; i++) {
		for (size_t j = 0; j < f->list[i]->nfacts; j++)
			free(f->list[i]->fact[j]);
		free(f->list[i]->fact);
		free(f->list[i]);
	}
	free(f->list);
	memset(f, 0, sizeof(*f));
}
