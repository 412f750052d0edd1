// What the JavaScript client fhir-kit-client does against a running server; prints what it saw.
// Run by test_fhir_kit_client.py, which installs the client beside a copy of this file.

import { Client } from 'fhir-kit-client';

const [baseUrl, bearerToken] = process.argv.slice(2);
const client = new Client({ baseUrl, bearerToken });
const resourceType = 'Patient';
const seen = {};

const { fhirVersion } = await client.capabilityStatement();
seen.fhirVersion = fhirVersion;
seen.name = (await client.read({ resourceType, id: 'A' })).name[0].family;

const person = { resourceType, identifier: [{ system: 'urn:kit', value: '1' }], active: true };
const created = await client.create({ resourceType, body: person });
const updated = await client.update({ resourceType, id: created.id, body: { ...created, active: false } });
seen.versions = [created.meta.versionId, updated.meta.versionId];
seen.first = (await client.vread({ resourceType, id: created.id, version: '1' })).active;
const jsonPatch = [{ op: 'replace', path: '/active', value: true }];
const patched = await client.patch({ resourceType, id: created.id, jsonPatch });
seen.patched = patched.active;

const searchParams = { identifier: 'urn:kit|1' };
const conditional = await client.update({ resourceType, searchParams, body: person });
seen.sameByCondition = conditional.id === created.id;
const headers = { 'If-None-Exist': 'identifier=urn:kit|1' };
const existing = await client.create({ resourceType, body: person, options: { headers } });
seen.sameByNoneExist = existing.id === created.id;

let page = await client.search({
  resourceType: 'Observation',
  searchParams: { patient: 'A', _count: 3, _sort: '-date' },
});
seen.pages = [];
while (page) {
  seen.pages.push(page.entry.map((one) => one.resource.id));
  page = await client.nextPage({ bundle: page });
}
const own = { resourceType: 'Patient', id: 'A' };
const compartment = await client.search({ resourceType: 'Observation', compartment: own });
seen.compartment = compartment.entry.length;
const everything = await client.operation({ name: '$everything', ...own, method: 'GET' });
seen.everything = everything.entry.length > 8;

const body = {
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    { fullUrl: 'urn:uuid:5b6f0e6e-0000-4000-8000-000000000003', resource: { resourceType },
      request: { method: 'POST', url: 'Patient' } },
    { resource: { resourceType, id: 'kit',
        link: [{ type: 'seealso', other: { reference: 'urn:uuid:5b6f0e6e-0000-4000-8000-000000000003' } }] },
      request: { method: 'PUT', url: 'Patient/kit' } },
  ],
};
seen.transaction = (await client.transaction({ body })).entry.map((one) => one.response.status.slice(0, 3));
seen.link = /^Patient\/[-0-9a-f]{36}$/.test((await client.read({ resourceType, id: 'kit' })).link[0].other.reference);
await client.delete({ resourceType, id: 'kit' });
const history = await client.history({ resourceType, id: 'kit' });
seen.history = history.entry.map((one) => one.request.method);
seen.gone = await client.read({ resourceType, id: 'kit' }).catch((error) => error.response.status);
console.log(JSON.stringify(seen));
