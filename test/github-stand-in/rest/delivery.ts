/** The App's log of webhook deliveries, and redelivery. */
import { notFound } from '../http/api-error.ts';
import { type Call, list, ok, type PlainRoute } from '../http/route.ts';
import { type Delivery, send } from '../world/delivery.ts';
import { requireApp } from './app.ts';

function deliveryIn(call: Call): Delivery {
  const app = requireApp(call);
  const found = call.world.deliveries.find((one) => one.app === app && one.id === Number(call.params.delivery_id));
  if (found === undefined) throw notFound();
  return found;
}

function presentItem(delivery: Delivery) {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.deliveredAt,
    redelivery: delivery.isRedelivery,
    duration: Math.round(delivery.durationMs / 10) / 100,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}

/** The routes of the delivery log; newest first. */
export const deliveryRoutes: readonly PlainRoute[] = [
  {
    operation: 'GET /app/hook/deliveries',
    handle: (call) => {
      const app = requireApp(call);
      const own = call.world.deliveries.filter((one) => one.app === app && one.status !== 'pending').reverse();
      const status = call.query.get('status');
      const wanted = status === null ? own : own.filter((one) => (one.status === 'OK') === (status === 'success'));
      return list(wanted.map(presentItem));
    },
  },
  {
    operation: 'GET /app/hook/deliveries/{delivery_id}',
    handle: (call) => {
      const delivery = deliveryIn(call);
      const request = { headers: delivery.requestHeaders, payload: delivery.payload };
      return ok({
        ...presentItem(delivery),
        url: delivery.app.webhookUrl ?? '',
        request,
        response: { headers: {}, payload: delivery.responseBody },
      });
    },
  },
  {
    operation: 'POST /app/hook/deliveries/{delivery_id}/attempts',
    handle: (call) => {
      // A redelivery carries the GUID of the first attempt. [GitHub docs, "Redelivering webhooks"]
      send(call.world, deliveryIn(call));
      return { status: 202, json: {} };
    },
  },
];
